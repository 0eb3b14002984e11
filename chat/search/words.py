"""What was typed into the search box, as words; and texts with the places where they stand."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

QUERY_MAX_CHARS = 200
WORDS_MAX = 8
# Written without spaces between words: any part of a text may be meant, not the beginning of one.
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
# Of markdown, what only gets in the way in a line of text.
MARKUP = re.compile(r"^ *(?:#{1,6}|>|[-*+]) |[*`|]+|^-{3,}$", re.M)
SNIPPET_CHARS = 160
LEAD_CHARS = 40
FOLDED_CHARS = 100_000


def words_in(query: str) -> list[str]:
    """The words of a query; none where it is empty or only punctuation."""
    found = query.replace("\x00", " ")[:QUERY_MAX_CHARS].split()
    return [word for word in found if any(char.isalnum() for char in word)][:WORDS_MAX]


def is_unspaced(words: Sequence[str]) -> bool:
    return any(UNSPACED.search(word) for word in words)


@lru_cache(4096)
def fold(char: str) -> str:
    """A character without case and accents, as the index compares; may be none or several."""
    decomposed = unicodedata.normalize("NFKD", char.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def folded(text: str) -> str:
    """A text without case and accents."""
    return text.lower() if text.isascii() else "".join(map(fold, text))


def places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where these words stand in a text: from, to; in order, not overlapping."""
    chars: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text[:FOLDED_CHARS]):
        for each in fold(char):
            chars.append(each)
            origin.append(index)
    flat = "".join(chars)
    found: list[tuple[int, int]] = []
    for pattern in _patterns(words):
        for match in re.finditer(pattern, flat):
            found.append((origin[match.start()], origin[match.end() - 1] + 1))
    found.sort()
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    return apart


def _patterns(words: Sequence[str]) -> list[str]:
    """Each word at the beginning of one, or anywhere where words are not told apart."""
    patterns = []
    for word in words:
        plain = folded(word).strip("\"'()[]{}.,;:!?")
        if plain:
            begin = r"(?<!\w)" if plain[0].isalnum() and not UNSPACED.search(plain) else ""
            patterns.append(begin + re.escape(plain))
    return patterns


def marked(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it is one of the words."""
    pieces: list[tuple[str, bool]] = []
    last = 0
    for start, end in places(text, words):
        pieces += [(text[last:start], False), (text[start:end], True)]
        last = end
    pieces.append((text[last:], False))
    return [piece for piece in pieces if piece[0]]


def snippet(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """The surroundings of the first word that is found, on one line, in pieces."""
    found = places(text, words)
    first = found[0][0] if found else 0
    start = max(0, first - LEAD_CHARS)
    if start:
        # From the beginning of a word, where one is near.
        start = next((i + 1 for i in range(start, first) if text[i].isspace()), start)
    piece = " ".join(MARKUP.sub("", text[start : start + SNIPPET_CHARS]).split())
    before = "…" if start else ""
    after = "…" if start + SNIPPET_CHARS < len(text) else ""
    return marked(f"{before}{piece}{after}", words)
