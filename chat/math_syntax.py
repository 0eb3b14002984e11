"""Where a formula begins and ends in markdown; the browser's twin is static/js/math-syntax.js.

Both are tested with tests/math_cases.json. A formula is kept as TeX: the browser draws it.
"""

import re
from bisect import bisect_left
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

# A formula is a line or a few, not a document.
MAX_CHARS = 4_000
MAX_DOLLAR_CHARS = 300

OPENING = re.compile(r" {0,3}(?:\$\$|\\\[)")
DISPLAY = re.compile(
    r" {0,3}(?:\$\$((?:(?!\$\$)[\s\S])+)\$\$|\\\[((?:(?!\\\])[\s\S])+)\\\])[ \t]*(?:\n|\Z)"
)
BLANK_LINE = re.compile(r"\n[ \t]*\n")
INLINE = [
    (re.compile(r"\$\$([^$]+?)\$\$"), True),
    (re.compile(r"\\\[([\s\S]+?)\\\]"), True),
    (re.compile(r"\\\(([\s\S]+?)\\\)"), False),
]
DOLLAR = re.compile(r"\$([^\s$](?:[^$\n]*[^\s$\\])?)\$(?![A-Za-z0-9_$])")
GLUED = re.compile(r"[A-Za-z0-9_$\\]")
# "$5 and 10$", "$20/month or 30$": a sum of money, not a formula.
MONEY = re.compile(r"[0-9][0-9.,]*[kKmMbB]?[\s/,;:)–-]+[A-Za-z]{2,}")


def use_math(parser: MarkdownIt) -> None:
    """Teach the parser formulas: ``$$…$$``, ``\\[…\\]``, ``\\(…\\)`` and, with care, ``$…$``."""
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "math_block", _block, {"alt": interrupted})
    parser.inline.ruler.before("escape", "math_inline", _inline)
    parser.add_render_rule("math_block", _render_block)
    parser.add_render_rule("math_inline", _render_inline)


def _block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    if state.is_code_block(first):
        return False
    start = state.bMarks[first] + state.tShift[first]
    opening = OPENING.match(state.src, start)
    if not opening:
        return False
    # Only the lines that it may take: there may be thousands of openings.
    closing = "$$" if opening[0].endswith("$$") else "\\]"
    end = state.src.find(closing, opening.end(), start + MAX_CHARS)
    if end < 0 or end > state.eMarks[last - 1]:
        return False
    after = bisect_left(state.eMarks, end, first, last) + 1
    source = state.getLines(first, min(after, last), state.blkIndent, False)
    match = DISPLAY.match(source)
    tex = (match[1] or match[2]).strip() if match else ""
    if not match or not tex or BLANK_LINE.search(match[0].rstrip()):
        return False
    if not silent:
        token = state.push("math_block", "code", 0)
        token.content = tex
        state.line = first + match[0].rstrip("\n").count("\n") + 1
    return True


def _inline(state: StateInline, silent: bool) -> bool:
    found = inline_math(state.src, state.pos)
    if found is None:
        return False
    length, tex, display = found
    if not silent:
        token = state.push("math_inline", "code", 0)
        token.content = tex
        token.meta = {"display": display}
    state.pos += length
    return True


def inline_math(text: str, at: int) -> tuple[int, str, bool] | None:
    """The formula that begins at this place: its length, its TeX, and whether it stands alone."""
    if text[at] not in "$\\":
        return None
    source = text[at : at + MAX_CHARS]
    for pattern, display in INLINE:
        match = pattern.match(source)
        if match and match[1].strip():
            return len(match[0]), match[1].strip(), display
    if at and GLUED.match(text[at - 1]):
        return None
    match = DOLLAR.match(source[:MAX_DOLLAR_CHARS])
    if not match or MONEY.match(match[1]):
        return None
    return len(match[0]), match[1], False


def _render_block(_renderer: Any, tokens: Any, at: int, *_args: Any) -> str:
    return f'<code class="math math-block">{escape(tokens[at].content)}</code>\n'


def _render_inline(_renderer: Any, tokens: Any, at: int, *_args: Any) -> str:
    block = " math-block" if tokens[at].meta["display"] else ""
    return f'<code class="math{block}">{escape(tokens[at].content)}</code>'
