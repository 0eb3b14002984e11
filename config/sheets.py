"""Joins a style sheet with those that it imports."""

import posixpath
import re
from collections.abc import Callable
from urllib.parse import unquote

# What may stand before the last import (CSS Cascading and Inheritance 5, section 2).
_SPACE = re.compile(r"(?:\s+|/\*.*?\*/)*", re.DOTALL)
_CHARSET = re.compile(r'@charset\s+"[^"]*"\s*;', re.IGNORECASE)
_LAYERS = re.compile(r"@layer\s[^;{]*;", re.IGNORECASE)
_IMPORT = re.compile(
    r"""@import\s*(?:url\(\s*)?(?P<quote>["']?)(?P<url>[^"')\s;]+)(?P=quote)\s*\)?"""
    r"""(?P<condition>[^;]*);""",
    re.IGNORECASE,
)
_URL = re.compile(r"""url\(\s*(?P<quote>["']?)(?P<url>.*?)(?P=quote)\s*\)""", re.IGNORECASE)
# Comments are for who writes a sheet; what looks like one in a text is none, a licence stays.
_COMMENT = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|/\*(?!!).*?\*/""", re.DOTALL
)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/|#", re.IGNORECASE)


def joined(name: str, read: Callable[[str], str]) -> str | None:
    """The text of a style sheet with its imports in their places, and without comments.

    Args:
        name: Path below the static files, such as ``css/chat.css``.
        read: Gives the text of a style sheet by such a path.

    Returns:
        None where there is nothing to join, and where it could not be: an import from elsewhere
        or under a condition is left to the browser, with all others, for imports come first.

    Raises:
        ValueError: A style sheet imports one that is not there, or itself.
    """
    text = read(name)
    try:
        whole = _join(name, text, read, ())
    except _LeftToTheBrowser:
        return None
    return None if whole == text else _COMMENT.sub(lambda match: match["text"] or "", whole)


class _LeftToTheBrowser(Exception):
    pass


def _join(name: str, text: str, read: Callable[[str], str], importers: tuple[str, ...]) -> str:
    parts = []
    at = 0
    while True:
        space = _SPACE.match(text, at)
        start = space.end() if space else at
        parts.append(text[at:start])
        if charset := _CHARSET.match(text, start):
            at = charset.end()
        elif layers := _LAYERS.match(text, start):
            parts.append(layers.group())
            at = layers.end()
        elif imported := _IMPORT.match(text, start):
            parts.append(_imported(name, imported, read, (*importers, name)))
            at = imported.end()
        else:
            return "".join([*parts, text[start:]])


def _imported(
    name: str, match: re.Match[str], read: Callable[[str], str], importers: tuple[str, ...]
) -> str:
    url = match["url"]
    if match["condition"].strip() or _ELSEWHERE.match(url):
        raise _LeftToTheBrowser
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(url)))
    if path in importers:
        raise ValueError(f"The style sheet {path!r} imports itself")
    try:
        text = read(path)
    except (KeyError, OSError) as error:
        raise ValueError(f"The file {path!r}, which {name!r} imports, is not there") from error
    return _rebased(_join(path, text, read, importers), path, name)


def _rebased(text: str, path: str, importer: str) -> str:
    """What the sheet names relative to itself is named relative to the one that imports it."""
    folder, base = posixpath.dirname(path), posixpath.dirname(importer) or "."

    def rebase(match: re.Match[str]) -> str:
        url = match["url"]
        if not url or _ELSEWHERE.match(url):
            return match.group()
        quote = match["quote"]
        return f"url({quote}{posixpath.relpath(posixpath.join(folder, url), base)}{quote})"

    return _URL.sub(rebase, text) if folder != posixpath.dirname(importer) else text
