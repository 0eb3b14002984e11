"""Markdown to HTML that is safe to show, for what is saved.

The browser renders a reply in progress by the same rules (`static/js/dialect.js`). Two walls:
the renderer never passes HTML through (it is shown as text, only a line break counts), and the
result is sanitised.
"""

import re
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from functools import lru_cache
from html import escape
from time import thread_time
from typing import Any, TypeVar

import nh3
import pygments
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from chat.math_syntax import use_math

LINK = re.compile(r"^(https?:|mailto:)", re.IGNORECASE)
BARE_URL = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]}*_~]")
LINE_BREAK = re.compile(r"&lt;br\s*/?&gt;", re.IGNORECASE)
TASK = re.compile(r"^\[([ xX])\] ")
LANGUAGE = re.compile(r"[\w+#.-]{1,30}")
# Highlighting is linear for what people write, and quadratic for what somebody makes up to keep
# the server busy: bounded are the length, that of a line, and the processor's time for one text.
HIGHLIGHT_MAX_CHARS = 60_000
HIGHLIGHT_LINE_MAX_CHARS = 2_000
HIGHLIGHT_SECONDS = 1.0
# A row of one sign has as many cells as its table: a short text could be a page of megabytes.
TABLE_CELLS_MAX = 20_000
# The parser takes a line of nothing else for blank. To markdown's blocks they are characters like
# others: noncharacters stand in for them while blocks are told apart, as in the browser.
STAND_INS = (("\u2028", "\ufdd0"), ("\u2029", "\ufdd1"))

_Code = TypeVar("_Code")

TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote"),
    *("a", "em", "strong", "del", "s", "code", "pre", "span"),
    *("ul", "ol", "li", "input", "figure", "figcaption", "div"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "div": {"class"},
    "figure": {"class"},
    "input": {"type", "checked", "disabled", "aria-label"},
    "ol": {"start"},
    "span": {"class"},
    "td": {"align"},
    "th": {"align"},
}


def render(text: str) -> SafeString:
    """What a model wrote, as HTML in which nothing runs and nothing is loaded."""
    return mark_safe(_sanitiser().clean(_parser().render(text)))


@lru_cache(maxsize=1)
def _sanitiser() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: bool(LINK.match(url.strip()))  # type: ignore[method-assign]
    parser.block.ruler.at("table", _bounded_table, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.before("block", "stand_ins", _put_stand_ins)
    parser.core.ruler.after("block", "separators", _put_separators)
    use_math(parser)
    parser.core.ruler.push("bare_urls", _link_bare_urls)
    parser.core.ruler.push("images", _images_to_links)
    parser.core.ruler.push("tasks", _task_boxes)
    parser.core.ruler.push("alignment", _style_to_align)
    parser.core.ruler.push("headings", _drop_empty_headings)
    parser.add_render_rule("text", _text)
    parser.add_render_rule("fence", _code)
    parser.add_render_rule("code_block", _code)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    return parser


def _bounded_table(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A table; in a text that has had too many cells already it stays text."""
    if state.env.get("table_cells", 0) > TABLE_CELLS_MAX:
        return False
    begin = len(state.tokens)
    found = table(state, first, last, silent)
    if found and not silent:
        cells = sum(token.type == "td_open" for token in state.tokens[begin:])
        state.env["table_cells"] = state.env.get("table_cells", 0) + cells
    return found


def _put_stand_ins(state: StateCore) -> None:
    for separator, stand_in in STAND_INS:
        state.src = state.src.replace(separator, stand_in)


def _put_separators(state: StateCore) -> None:
    for token in state.tokens:
        for separator, stand_in in STAND_INS:
            token.content = token.content.replace(stand_in, separator)


def _inlines(state: StateCore) -> list[Token]:
    return [token for token in state.tokens if token.type == "inline" and token.children]


def _link_bare_urls(state: StateCore) -> None:
    for inline in _inlines(state):
        children: list[Token] = []
        depth = 0
        for child in inline.children or []:
            depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            if child.type == "text" and not depth:
                children += _split_at_urls(child)
            else:
                children.append(child)
        inline.children = children


def _split_at_urls(text: Token) -> list[Token]:
    parts: list[Token] = []
    end = 0
    for match in BARE_URL.finditer(text.content):
        parts.append(Token("text", "", 0, content=text.content[end : match.start()]))
        parts += _link(match[0], match[0])
        end = match.end()
    parts.append(Token("text", "", 0, content=text.content[end:]))
    return parts


def _link(url: str, label: str) -> list[Token]:
    return [
        Token("link_open", "a", 1, attrs={"href": url}),
        Token("text", "", 0, content=label),
        Token("link_close", "a", -1),
    ]


def _images_to_links(state: StateCore) -> None:
    # A remote image would tell its server who reads this, and when.
    for inline in _inlines(state):
        children: list[Token] = []
        for child in inline.children or []:
            if child.type == "image":
                url = str(child.attrs["src"])
                children += _link(url, child.content or url)
            else:
                children.append(child)
        inline.children = children


def _task_boxes(state: StateCore) -> None:
    for at, inline in enumerate(state.tokens):
        if at < 2 or inline.type != "inline" or state.tokens[at - 2].type != "list_item_open":
            continue
        first = inline.children[0] if inline.children else None
        if first is None or first.type != "text" or not (match := TASK.match(first.content)):
            continue
        is_done = match[1] != " "
        box = Token("task_box", "input", 0, attrs={"type": "checkbox", "disabled": ""})
        box.attrs["aria-label"] = pgettext("task", "Done") if is_done else pgettext("task", "Open")
        if is_done:
            box.attrs["checked"] = ""
        first.content = " " + first.content[match.end() :]
        inline.children = [box, *(inline.children or [])]


def _drop_empty_headings(state: StateCore) -> None:
    # "#" alone is what a heading begins with, and what a stopped answer may end with.
    kept: list[Token] = []
    for token in state.tokens:
        if token.type == "heading_close" and not kept[-1].content.strip():
            del kept[-2:]
        else:
            kept.append(token)
    state.tokens = kept


def _style_to_align(state: StateCore) -> None:
    # The policy for styles forbids style attributes.
    for token in state.tokens:
        if token.type in {"td_open", "th_open"} and "style" in token.attrs:
            token.attrs["align"] = str(token.attrs.pop("style")).removeprefix("text-align:")


def _text(_renderer: RendererHTML, tokens: Sequence[Token], at: int, *_args: Any) -> str:
    # Models write <br> in table cells, where there is no other way.
    return LINE_BREAK.sub("<br>", escape(tokens[at].content, quote=False))


def _code(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    at: int,
    _options: Any,
    env: MutableMapping[str, Any],
) -> str:
    token = tokens[at]
    match = LANGUAGE.match(token.info.strip())
    language = match[0] if match else ""
    code = _highlighted(token.content.removesuffix("\n"), language, env)
    return (
        f'<figure class="code"><figcaption><span class="code-language">{escape(language)}</span>'
        f"</figcaption><pre><code>{code}</code></pre></figure>\n"
    )


def _highlighted(code: str, language: str, env: MutableMapping[str, Any]) -> str:
    """With colours, while this text (``env``) has time left for them."""
    left = env.setdefault("highlight_seconds", HIGHLIGHT_SECONDS)
    if not language or left <= 0 or _is_long(code):
        return escape(code)
    begun = thread_time()
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
        tokens = _until(begun + left, lexer.get_tokens(code))
        return str(pygments.format(tokens, HtmlFormatter(nowrap=True)))
    except (ClassNotFound, TimeoutError):
        return escape(code)
    finally:
        env["highlight_seconds"] = left - (thread_time() - begun)


def _is_long(code: str) -> bool:
    return len(code) > HIGHLIGHT_MAX_CHARS or any(
        len(line) > HIGHLIGHT_LINE_MAX_CHARS for line in code.split("\n")
    )


def _until(end: float, tokens: Iterable[_Code]) -> Iterator[_Code]:
    # The thread's own time: on a busy machine code is as colourful as on another.
    for token in tokens:
        if thread_time() > end:
            raise TimeoutError
        yield token


def _table_open(*_args: Any) -> str:
    return '<div class="table"><table>'


def _table_close(*_args: Any) -> str:
    return "</table></div>\n"
