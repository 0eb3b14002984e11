"""Words and pages that are written from right to left."""

import re

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.browser.pages import ChatPage, is_wider_than_its_window
from tests.browser.test_accessibility import PHONE, violations
from tests.flow.people import Person
from tests.provider.asking import plan

pytestmark = pytest.mark.browser

HEBREW = "מה ההבדל בין נהר לנחל?"
HEBREW_ANSWER = """## נהרות

נהר הוא זרם מים גדול, עם `code` באמצע.

- אחד
- שניים

> ציטוט

| שם | אורך |
|---|--:|
| ירדן | 251 |

```python
print("left to right")
```
"""
ENGLISH = "A plain English line."


async def directions(page: ChatPage, selector: str) -> list[str]:
    found: list[str] = await page.replies.last.locator(selector).evaluate_all(
        "all => all.map((each) => getComputedStyle(each).direction)"
    )
    assert found, selector
    return found


async def test_hebrew_reads_from_the_right_in_an_english_page(page: ChatPage) -> None:
    await page.send(plan(say=HEBREW_ANSWER, note=HEBREW))
    await expect(page.reply("complete")).to_have_count(1)
    for _ in ("as it was streamed", "as the server renders it"):
        for selector in ("ul", "blockquote", "table", "p"):
            assert set(await directions(page, f".prose {selector}")) == {"rtl"}, selector
        for selector in ("figure.code", ".prose p code", "pre"):
            assert set(await directions(page, selector)) == {"ltr"}, selector
        sides = await page.replies.last.locator(".prose > h2").evaluate(
            """heading => {
              const words = document.createRange();
              words.selectNodeContents(heading);
              const [all, own] = [heading, words].map((each) => each.getBoundingClientRect());
              return [own.left - all.left, all.right - own.right];
            }"""
        )
        assert sides[0] > 100 > 1 > sides[1], sides
        await page.page.reload()


async def test_each_line_of_a_message_goes_its_own_way(page: ChatPage) -> None:
    await page.send(f"{ENGLISH}\n{HEBREW}")
    lefts = await page.questions.last.locator(".message-body").evaluate(
        """body => {
          const words = document.createRange();
          const text = body.firstChild;
          const line = text.data.indexOf("\\n");
          return [[0, line], [line + 1, text.length]].map(([start, end]) => {
            words.setStart(text, start);
            words.setEnd(text, end);
            const [all, own] = [body, words].map((each) => each.getBoundingClientRect());
            return [own.left - all.left, all.right - own.right];
          });
        }"""
    )
    (english_left, english_right), (hebrew_left, hebrew_right) = lefts
    assert english_left <= english_right
    assert hebrew_left >= hebrew_right


@pytest.mark.parametrize("look", ["wide", "phone"])
async def test_a_page_from_right_to_left_is_whole(
    browser: Browser, person: Person, look: str
) -> None:
    options = PHONE if look == "phone" else {"viewport": {"width": 1280, "height": 800}}
    context = await browser.new_context(**options, reduced_motion="reduce")
    tab = await ChatPage.of(context, person)
    await turned(tab, "/chat/")
    assert not await is_wider_than_its_window(tab.page)
    await tab.box.fill(plan(say=HEBREW_ANSWER))
    await tab.page.locator("#composer [data-action=send]").click()
    await expect(tab.reply("complete")).to_have_count(1)
    await turned(tab, tab.page.url.removeprefix(tab.url))
    assert not await is_wider_than_its_window(tab.page)
    assert await violations(tab.page) == []
    width = options["viewport"]["width"]
    question = await tab.questions.last.locator(".message-body").bounding_box()
    assert question
    assert question["x"] < width / 2
    if look == "phone":
        await tab.page.locator(".topbar-menu").click()
    await tab.page.locator("#sidebar").evaluate(
        "(it) => Promise.all(it.getAnimations().map((animation) => animation.finished))"
    )
    sidebar = await tab.page.locator("#sidebar").bounding_box()
    assert sidebar
    assert round(sidebar["x"] + sidebar["width"]) == width
    item = tab.page.locator("#conversations .conversation-item").first
    await item.hover()
    button = await item.locator(".conversation-more").bounding_box()
    title = await item.locator(".conversation-link").bounding_box()
    assert button
    assert title
    # The words go from left to right: they begin where the button stands.
    assert title["x"] + 12 >= button["x"] + button["width"]
    await item.locator(".conversation-more").click()
    # Chromium tells late that it has opened; then the script places it.
    await expect(tab.page.locator("#item-menu")).to_have_attribute("style", re.compile("left"))
    menu = await tab.page.locator("#item-menu").bounding_box()
    assert menu
    assert menu["x"] >= 8
    assert menu["x"] + menu["width"] <= width
    for path in ("/settings/", "/archive/", "/sign-in/"):
        await turned(tab, path)
        assert not await is_wider_than_its_window(tab.page), path


async def turned(tab: ChatPage, path: str) -> None:
    """Open a page as it would be in a language that is written from right to left."""
    await tab.open(path)
    await tab.page.evaluate("document.documentElement.dir = 'rtl'")


async def test_signs_that_mean_a_direction_are_turned(
    context: BrowserContext, person: Person
) -> None:
    tab = await ChatPage.of(context, person)
    await turned(tab, "/chat/")

    async def scale(icon: str) -> str:
        place = tab.page.locator(f'.icon:has(> use[href="#icon-{icon}"])').first
        return str(await place.evaluate("icon => getComputedStyle(icon).scale"))

    assert await scale("out") == "-1 1"
    assert await scale("send") == "none"
