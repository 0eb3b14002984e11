"""What a model writes, as HTML."""

import json
import re
import time
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from chat.markdown import STAND_INS, render


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick=alert(1)>b</b>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>",
        "![a](javascript:alert(1))",
        '[a](https://example.org "x" onclick="alert(1)")',
        '```"><script>alert(1)</script>\ncode\n```',
        "```html\n<script>alert(1)</script>\n```",
        "[a]: javascript:alert(1)\n\n[a]",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "https://example.org/<script>alert(1)</script>",
    ],
)
def test_nothing_a_model_writes_runs(text: str) -> None:
    tags = re.findall(r"<[^>]*>", render(text))
    assert not any(re.search(r"<(script|img|iframe|b)\b|\son\w+=|script:", tag) for tag in tags)


def test_remote_images_are_links_and_load_nothing() -> None:
    html = render("![a map](https://example.org/map.png)")
    assert "<img" not in html
    assert 'href="https://example.org/map.png"' in html
    assert ">a map</a>" in html


def test_links_leave_without_saying_where_from() -> None:
    html = render("[a](https://example.org)")
    assert 'rel="noopener noreferrer nofollow"' in html
    assert 'target="_blank"' in html


def test_bare_addresses_become_links_without_their_full_stop() -> None:
    html = render("See https://example.org/a_b?c=1&d=2.")
    assert 'href="https://example.org/a_b?c=1&amp;d=2"' in html
    assert html.rstrip().endswith("</a>.</p>")


def test_an_address_in_code_is_no_link() -> None:
    assert "<a" not in render("`https://example.org`")


def test_code_has_its_language_and_colours() -> None:
    html = render("```python\ndef f():\n    return 1\n```")
    assert '<span class="code-language">python</span>' in html
    assert '<span class="k">def</span>' in html


def test_code_in_an_unknown_language_is_shown_as_it_is() -> None:
    html = render("```nosuch\na < b\n\n```")
    assert "<pre><code>a &lt; b\n</code></pre>" in html


def test_code_keeps_every_space_and_line() -> None:
    code = "\n\n  if x:\n\n\t y\n \n"
    html = render(f"```python\n{code}\n```")
    match = re.search(r"<code>(.*?)</code>", html, re.DOTALL)
    assert match
    assert re.sub(r"<[^>]*>", "", match[1]) == code


def test_tables_are_aligned_without_a_style_attribute() -> None:
    html = render("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert "style" not in html
    assert '<td align="right">2</td>' in html


def test_a_line_break_in_a_table_cell_counts() -> None:
    assert "<td>one<br>two</td>" in render("| a |\n|---|\n| one<br>two |")


def test_task_lists_have_boxes() -> None:
    html = render("- [x] done\n- [ ] open\n- [link]")
    assert html.count("<input") == 2
    assert html.count("checked") == 1
    assert html.count("disabled") == 2


TESTS = Path(__file__).resolve().parent.parent
BLOCK_CASES = json.loads((TESTS / "block_cases.json").read_text())
BLOCKS = re.compile(r"<(table|thead|tbody|tr|th|td|ul|ol|li|p|h\d|pre|blockquote)\b")


@pytest.mark.parametrize("case", BLOCK_CASES, ids=lambda case: case["why"])
def test_blocks_are_told_apart_as_in_the_browser(case: dict[str, Any]) -> None:
    assert " ".join(BLOCKS.findall(render(case["source"]))) == case["blocks"]


@pytest.mark.parametrize("space", ["\u00a0", "\u3000", *dict(STAND_INS)], ids=ascii)
def test_every_space_is_shown_as_itself(space: str) -> None:
    assert f"<p>a{space}b</p>" in unescape(render(f"a{space}b"))
    assert f"<code>a{space}b</code>" in unescape(render(f"```\na{space}b\n```"))


MATH_CASES = json.loads((TESTS / "math_cases.json").read_text())


@pytest.mark.parametrize("case", MATH_CASES, ids=lambda case: case["why"])
def test_formulas_are_found_as_in_the_browser(case: dict[str, Any]) -> None:
    found = re.findall(r'<code class="math[^"]*">([^<]*)</code>', render(case["source"]))
    assert [unescape(tex) for tex in found] == case["math"]


def test_a_formula_is_readable_tex() -> None:
    html = render("So $x_1 < y$:\n\n$$\n\\frac{a}{b}\n$$\n")
    assert '<code class="math">x_1 &lt; y</code>' in html
    assert '<code class="math math-block">\\frac{a}{b}</code>' in html


def test_a_formula_takes_no_part_of_what_is_around_it() -> None:
    html = render("Before\n$$\na\n+ b\n$$\nafter\n\n- item")
    assert "<p>Before</p>" in html
    assert "<p>after</p>" in html
    assert html.count("<li>") == 1


@pytest.mark.parametrize("text", ["$" * 20_000, "\\(" * 20_000, "$$\nx\n" * 5_000, "\\[\n" * 5_000])
def test_many_openings_cost_little(text: str) -> None:
    began = time.monotonic()
    render(text)
    assert time.monotonic() - began < 5


def test_a_heading_without_words_is_none() -> None:
    assert "<h" not in render("Text\n\n## \n\n#")
    assert "<h2>a</h2>" in render("## a")


@pytest.mark.parametrize(
    "code",
    [
        "```perl\n" + "s{\n" * 18_000,
        "```perl\n" + "s{" * 25_000,
        "```console\n" + "$ " * 25_000,
    ],
)
def test_code_that_keeps_a_highlighter_busy_is_shown_without_colours(code: str) -> None:
    begun = time.thread_time()
    html = render(f"{code}\n```\n\n" + "```python\nimport time\n```")
    # Without a bound these take half a minute of the processor's time, and more.
    assert time.thread_time() - begun < 5
    assert "<span" not in html.partition("<pre>")[2].partition("</pre>")[0]


def test_a_short_text_is_no_page_of_megabytes() -> None:
    wide = "|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n" + "|\n" * 300 + "\n"
    html = render(wide * 10)
    assert html.count("<td") < 65_536 + 200
    # What comes after it is still there.
    assert html.count("a|a|a") > 100
    many = "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    assert render(many * 2_000).count("<table>") == 2_000
