"""Cuts a growing markdown text where a block surely ends, so that it can be shown as it will look.

A wrong cut is seen only while the text grows: the finished answer is rendered as a whole.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)\n?$")
LIST_BEGIN = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])\s")
# What may go on with a list after a blank line.
LIST_FIRST = frozenset("-*+0123456789")


class Piece(NamedTuple):
    """A part of the text; just before it a block has ended, or the inside of a fence begins."""

    text: str
    ended: str = ""
    begins_code: bool = False


class GrowingText:
    """Takes text as it comes; says which of it is a whole block."""

    def __init__(self) -> None:
        self._block: list[str] = []
        self._line = ""
        self._fence = ""
        self._begins_code = False
        self._in_math = False
        self._is_list: bool | None = None
        self._blank = False

    def feed(self, text: str) -> Iterator[Piece]:
        """The pieces of ``text``, in order."""
        piece = Piece("")
        for line in _at_newlines(text):
            if self._begins_block(line):
                yield piece
                piece = Piece("", ended="".join(self._block))
                self._block, self._is_list, self._blank = [], None, False
            elif self._begins_code:
                yield piece
                piece = Piece("", begins_code=True)
            self._begins_code = False
            piece = piece._replace(text=piece.text + line)
            self._take(line)
        yield piece

    def _begins_block(self, text: str) -> bool:
        if not self._blank or self._line or self._fence or self._in_math:
            return False
        first = text[0]
        return not first.isspace() and not (self._is_list and first in LIST_FIRST)

    def _take(self, text: str) -> None:
        self._block.append(text)
        self._line += text
        if not self._line.endswith("\n"):
            return
        line, self._line = self._line, ""
        if self._is_list is None and line.strip():
            self._is_list = bool(LIST_BEGIN.match(line))
        self._blank = not line.strip() and (self._blank or self._is_list is not None)
        self._note_fence(line)

    def _note_fence(self, line: str) -> None:
        found = FENCE.match(line)
        if self._fence:
            if found and not found[2].strip() and found[1].startswith(self._fence):
                self._fence = ""
        elif found:
            self._fence = found[1]
            self._begins_code = True
        elif line.strip() == "$$":
            self._in_math = not self._in_math


def _at_newlines(text: str) -> Iterator[str]:
    """Lines with their ends; only \\n ends one."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end
