"""What a model writes, as HTML."""

import re

import pytest

from chat.markdown import render


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
