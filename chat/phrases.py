"""Questions as staff write them down, and as people ask them: the same words.

No regular expressions: a phrase is words, of which one place may be open. Looking one up costs
a few dictionary accesses, whatever was written on either side.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

# A longer message is no question that was foreseen.
CHARS_MAX = 200
PHRASES_MAX = 100
OPEN_PLACE = "*"
OPEN_WORDS_MAX = 6
# What an answer may name; all are of the person who asks.
PLACEHOLDERS = ("date", "time", "zone")

# They tell C from C++ and C#, and 5 from 5%.
TELLING = frozenset("+#%=<>&@$€£")
# Written or left out: what's, whats.
SILENT = frozenset("'’‘`´")


class BadPhrase(ValueError):
    """A line that cannot be used; its text is for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """The words before and after the open place; without one all of them are ``before``."""

    before: tuple[str, ...]
    after: tuple[str, ...] = ()
    is_open: bool = False

    @property
    def size(self) -> int:
        """How many words it names: the more, the better it fits."""
        return len(self.before) + len(self.after)


def words_of(text: str) -> tuple[str, ...]:
    """The words, without capitals, punctuation and pictures."""
    kept = []
    for char in unicodedata.normalize("NFKC", text).casefold():
        if char in SILENT:
            continue
        is_word = char in TELLING or unicodedata.category(char)[0] in "LMN"
        kept.append(char if is_word else " ")
    return tuple("".join(kept).split())


def phrase(line: str) -> Phrase:
    """Read one line. Raises BadPhrase."""
    if len(line) > CHARS_MAX:
        raise BadPhrase(_("A question has at most {limit} characters.").format(limit=CHARS_MAX))
    parts = [words_of(part) for part in line.split(OPEN_PLACE)]
    if len(parts) > 2:
        raise BadPhrase(_("“{line}” has more than one *.").format(line=line.strip()))
    read = Phrase(parts[0], parts[-1] if len(parts) == 2 else (), len(parts) == 2)
    # "what *" would answer half of everything.
    if read.size < (2 if read.is_open else 1):
        raise BadPhrase(_("“{line}” names too few words.").format(line=line.strip()))
    return read


def read(text: str) -> list[Phrase]:
    """One phrase per line that is not empty. Raises BadPhrase."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadPhrase(_("Write at least one question."))
    if len(lines) > PHRASES_MAX:
        raise BadPhrase(_("At most {limit} questions.").format(limit=PHRASES_MAX))
    return [phrase(line) for line in lines]


class _Named(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        raise BadPhrase(_("Nothing is known as {{{name}}}.").format(name=name))


def fill(answer: str, values: Mapping[str, str]) -> str:
    """The answer with its placeholders filled in; nothing else in braces is touched.

    Raises BadPhrase for a name in braces that has no value. Code in braces stays as it is.
    """
    parts = answer.split("{")
    filled = [parts[0]]
    named = _Named(values)
    for part in parts[1:]:
        name, brace, rest = part.partition("}")
        if brace and name.isidentifier():
            filled.append(f"{named[name]}{rest}")
        else:
            filled.append(f"{{{part}")
    return "".join(filled)
