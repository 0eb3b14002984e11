"""Somebody reads: an answer while it grows, however long, and afterwards."""

from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.browser.pages import ChatPage
from tests.flow.people import Person
from tests.provider.asking import plan

pytestmark = pytest.mark.browser


PROSE = "Some words with **bold**, `code` and a [link](https://example.org/a) in them. "
SHAPES = {
    "prose": f"## Title\n\n{PROSE * 4}\n\n- a\n- b\n\n" * 500,
    "one code block": "```python\n"
    + "def f(x):\n    return {'a': 1}  # comment\n" * 4000
    + "```\n",
    "one table": "| a | b |\n|---|---|\n" + "| 1 | some words **x** |\n" * 6000,
    "one list": "- an item with **bold** words and `code`\n" * 4500,
    "one paragraph": PROSE * 2300,
}
# Lets a reply grow by so many characters in each frame; gives how many nodes were made in each.
GROW = """async ([text, step]) => {
  const { MarkdownView } = await import("/static/js/markdown.js");
  const blank = document.getElementById("message-template").content;
  const article = blank.querySelector("[data-role=assistant]").cloneNode(true);
  document.getElementById("messages").append(article);
  const body = article.querySelector(".message-body");
  const view = new MarkdownView(body);
  const size = (node) =>
    1 + (node.nodeType === 1 ? node.querySelectorAll("*").length : 0);
  const watcher = new MutationObserver(() => {});
  watcher.observe(body, { childList: true, subtree: true });
  const made = [];
  for (let end = step; ; end += step) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const isWhole = end >= text.length;
    const isDone = isWhole ? view.finish(text) : view.render(text.slice(0, end));
    const added = watcher.takeRecords().flatMap((record) => [...record.addedNodes]);
    made.push(added.reduce((sum, node) => sum + size(node), 0));
    if (isWhole && isDone) break;
  }
  watcher.disconnect();
  const shown = body.textContent.length;
  article.remove();
  return { made, shown };
}"""


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_frame_of_a_long_answer_makes_no_more_than_one_of_a_short(
    page: ChatPage, shape: str
) -> None:
    text = SHAPES[shape][:170_000]  # some 45,000 tokens
    grown = await page.page.evaluate(GROW, [text, 600])
    assert grown["shown"] > len(text) * 0.3
    made = grown["made"]
    early, late = made[10:50], made[-50:-10]
    assert max(late) <= max(early) * 2 + 50, (sorted(early)[-5:], sorted(late)[-5:])


async def test_an_answer_that_comes_at_once_is_made_in_several_frames(page: ChatPage) -> None:
    text = SHAPES["prose"][:170_000]
    grown = await page.page.evaluate(GROW, [text, len(text)])
    assert len(grown["made"]) > 5
    assert sum(grown["made"]) > 5_000


async def test_finished_blocks_are_not_made_again(page: ChatPage) -> None:
    say = "First paragraph.\n\n- one\n- two\n- three\n\n" + "And more words follow here. " * 40
    await page.send(plan(say=say, rate=40))
    body = page.replies.locator(".message-body")
    # What is after the list tells that it is final.
    await expect(body).to_contain_text("And more")
    first = body.locator("li").first
    await first.evaluate("item => { item.dataset.kept = 'yes'; }")
    await expect(page.reply("complete")).to_have_count(1)
    await expect(first).to_have_attribute("data-kept", "yes")


@pytest.mark.parametrize(
    ("opening", "row"),
    [("```\n", "wide " * 60 + "\n"), ("| a | b |\n|---|---|\n", f"| {'w' * 200} | 2 |\n")],
    ids=["code", "table"],
)
async def test_what_is_wide_is_within_reach_of_the_keyboard_while_it_grows(
    page: ChatPage, opening: str, row: str
) -> None:
    await page.send(plan(say=opening + row * 40, rate=20))
    wide = page.reply("processing").locator(".code pre, .table")
    await expect(wide).to_have_attribute("tabindex", "0")
    await expect(wide).to_have_attribute("role", "group")
    await page.stop()


async def test_code_is_framed_while_open_and_coloured_when_it_closes(page: ChatPage) -> None:
    code = "def f(x):\n    return x + 1\n" * 10
    await page.send(plan(say=f"```python\n{code}```\n\n" + "Words after it. " * 60, rate=40))
    figure = page.replies.locator("figure.code")
    await expect(figure.locator(".code-language")).to_have_text("python")
    await expect(
        page.reply("processing").locator("figure.code code span.hljs-keyword").first
    ).to_be_visible()
    await expect(page.reply("complete")).to_have_count(1)
    assert await figure.locator("code").text_content() == code.rstrip("\n")


async def test_formulas_are_drawn_and_nothing_is_loaded_for_them_before(page: ChatPage) -> None:
    asked: list[str] = []
    page.page.on("request", lambda request: asked.append(request.url))
    await page.send(plan(say="No formula: it costs $5 and $6."))
    await expect(page.reply("complete")).to_have_count(1)
    assert not [url for url in asked if "temml" in url or "highlight" in url]
    await page.send(plan(say="So $x^2$ and\n\n$$\n\\frac{a}{b}\n$$\n\nand $\\nosuchthing{$ too."))
    await expect(page.reply("complete")).to_have_count(2)
    for _ in ("as it was streamed", "as the server renders it"):
        formulas = page.replies.last.locator(".formula math")
        await expect(formulas).to_have_count(2)
        await expect(page.replies.last).to_contain_text("\\nosuchthing{")
        assert await formulas.last.get_attribute("display") == "block"
        await page.page.reload()


async def test_without_javascript_a_formula_is_readable(browser: Browser, person: Person) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    await page.box.fill(plan(say="So $x^2$ it is."))
    await page.page.get_by_role("button", name="Send").click()
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.replies.locator("code.math")).to_have_text("x^2")
    await page.replies.locator(".message-details summary").click()
    await expect(page.replies.locator("[data-figure=model]")).to_have_text("mock")


async def test_a_definition_at_the_end_makes_links_of_what_was_before_it(page: ChatPage) -> None:
    say = "See [the source][1].\n\n- also [here][1]\n- and\n\nText.\n\n[1]: https://example.org/x\n"
    await page.send(plan(say=say, rate=100))
    await expect(page.reply("complete")).to_have_count(1)
    links = page.replies.locator("a[href='https://example.org/x']")
    await expect(links).to_have_count(2)
    await page.page.reload()
    await expect(links).to_have_count(2)


async def test_the_model_and_its_pace_are_shown_then_the_figures_on_demand(page: ChatPage) -> None:
    await page.send(plan(tokens=400, rate=40))
    pace = page.replies.locator(".message-pace")
    await expect(pace).to_contain_text("mock")
    await expect(pace).to_contain_text("tokens/s")
    await expect(page.reply("complete")).to_have_count(1)
    for _ in ("as it was streamed", "as the server renders it"):
        details = page.replies.locator(".message-details")
        await expect(details.locator("dl")).to_be_hidden()
        await details.locator("summary").click()
        for name in ("model", "first", "time", "read", "written"):
            await expect(details.locator(f"[data-figure={name}]")).to_be_visible()
        await page.page.reload()


async def test_nothing_moves_when_an_answer_ends(page: ChatPage) -> None:
    await page.page.evaluate(
        """() => {
          window.shifts = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) {
              if (!entry.hadRecentInput) window.shifts += entry.value;
            }
          }).observe({ type: "layout-shift", buffered: false });
        }"""
    )
    say = "Words, `code`.\n\n```js\nlet a = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nEnd."
    await page.send(plan(say=say, rate=40))
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.replies.locator(".hljs-keyword")).to_be_visible()
    assert await page.page.evaluate("window.shifts") < 0.05


VOICE = """
  window.said = [];
  window.cancelled = 0;
  class Utterance extends EventTarget {
    constructor(text) {
      super();
      this.text = text;
    }
  }
  const voice = {
    queue: [],
    speak(one) {
      window.said.push({ text: one.text, lang: one.lang, rate: one.rate });
      setTimeout(() => one.dispatchEvent(new Event("end")), 30);
    },
    cancel() { window.cancelled += 1; },
  };
  Object.defineProperty(window, "speechSynthesis", { value: voice, configurable: true });
  Object.defineProperty(window, "SpeechSynthesisUtterance", { value: Utterance });
"""


async def said(page: ChatPage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await page.page.evaluate("window.said")
    return found


async def until_said(page: ChatPage, count: int) -> None:
    await expect(page.page.locator("#speech")).to_be_visible()
    for _ in range(200):
        if len(await said(page)) >= count:
            return
        await page.page.wait_for_timeout(50)
    raise AssertionError(await said(page))


async def test_an_answer_is_read_aloud_while_it_is_written(
    context: BrowserContext, person: Person
) -> None:
    await context.add_init_script(VOICE)
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    say = "The first sentence. " * 8 + "\n\n```js\nlet a;\n```\n\nПосле этого. " + "And on. " * 30
    await page.send(plan(say=say, rate=20))
    await page.replies.locator(".message-progress [data-speak]").click()
    await until_said(page, 3)
    await expect(page.reply("processing")).to_have_count(1)
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.page.locator("#speech")).to_be_hidden()
    spoken = await said(page)
    texts = [one["text"] for one in spoken]
    assert texts[0] == "The first sentence."
    assert "Code, not read aloud." in texts
    assert not any("let a" in text for text in texts)
    assert [one["lang"] for one in spoken if "После" in one["text"]] == ["ru"]
    assert texts.count("And on.") == 30


async def test_reading_aloud_stops_at_once_and_remembers_its_speed(
    context: BrowserContext, person: Person
) -> None:
    await context.add_init_script(VOICE)
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    await page.send(plan(say="A sentence is here. " * 200))
    await expect(page.reply("complete")).to_have_count(1)
    speak = page.replies.locator(".message-actions [data-speak]")
    await speak.click()
    await page.page.locator("#speech select").select_option("1.5")
    await page.page.locator("[data-speech-stop]").click()
    await expect(page.page.locator("#speech")).to_be_hidden()
    assert await page.page.evaluate("window.cancelled") == 1
    await expect(speak).to_have_attribute("aria-pressed", "false")
    await page.page.reload()
    await speak.click()
    await until_said(page, 1)
    assert (await said(page))[0]["rate"] == 1.5


async def test_where_there_is_no_voice_nothing_offers_one(
    context: BrowserContext, person: Person
) -> None:
    await context.add_init_script(
        "delete window.speechSynthesis; delete Window.prototype.speechSynthesis;"
    )
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    await page.send("hello")
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.replies.locator(".message-actions [data-speak]")).to_be_hidden()
