"""Placeholders in an assistant's prompt: a closed list of words, replaced once.

Not ``str.format``: a prompt must not reach into objects, and what is put in is a person's word,
in which nothing is replaced again.
"""

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PLACEHOLDERS: dict[str, str | Promise] = {
    "name": _("the person's name"),
    "language": _("the language of the page"),
    "time_zone": _("the person's time zone"),
    "date": _("today's date there, without the time"),
    "location": _("where the person is, where the app told"),
}

# Doubled braces stand for themselves, as in the templates that people know.
_DOUBLED = r"\{\{([^{}\s\"']{1,64})\}\}"
# What looks like a placeholder; JSON and code with spaces or quotes does not.
_SINGLE = r"\{([^{}\s\"']{1,64})\}"
_ANY = re.compile(f"{_DOUBLED}|{_SINGLE}")


def unknown_in(text: str) -> list[str]:
    """What looks like a placeholder and is none, each once, in the order of the text."""
    found = (match[2] for match in _ANY.finditer(text) if match[2] is not None)
    return list(dict.fromkeys(name for name in found if name not in PLACEHOLDERS))


def named_in(text: str) -> set[str]:
    """The placeholders that the text uses."""
    return {match[2] for match in _ANY.finditer(text) if match[2] in PLACEHOLDERS}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with the values in place, in one pass; what has no value stays as it stands."""

    def value(match: re.Match[str]) -> str:
        doubled, name = match.groups()
        if doubled is not None:
            return f"{{{doubled}}}"
        return values.get(name, match[0]) if name in PLACEHOLDERS else match[0]

    return _ANY.sub(value, text)
