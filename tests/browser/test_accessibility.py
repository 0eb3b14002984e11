"""The page holds for people who see little, use no mouse, or want nothing to move.

The rules are axe-core's (tests/vendor/axe); no state of the page may break one of them.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.pages import ChatPage
from tests.flow.people import Person
from tests.provider.asking import plan

pytestmark = pytest.mark.browser

AXE = (Path(__file__).resolve().parent.parent / "vendor" / "axe" / "axe.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": PHONE,
    "phone, dark": PHONE | {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
}
RICH = """## Heading

Text with **bold**, `code`, [a link](https://example.org) and $x^2$.

$$\\frac{a}{b}$$

| a | b |
|---|--:|
| 1 | 2 |

- [x] done
- [ ] open

> quoted

```python
def f():  # a comment that is so long that the code has to scroll sideways, on a wide screen too
    return "text", 1, None
```
"""


async def say(page: ChatPage, text: str) -> None:
    """With a finger Enter begins a line: the button sends everywhere."""
    await page.box.fill(text)
    await page.page.locator("#composer [data-action=send]").click()


# What fades in has hardly any contrast at first; what pulses never ends.
SETTLED = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const ending = document.getAnimations().filter(
    (each) => each.effect.getComputedTiming().endTime < 10_000);
  await Promise.allSettled(ending.map((each) => each.finished));
}"""


async def violations(page: Page, *, grows: bool = False) -> list[str]:
    """What axe-core finds, one line each; a page that ``grows`` is still being loaded."""
    if not grows:
        # With its sheets.
        await page.wait_for_load_state()
    await page.evaluate(SETTLED)
    # Not as a script element: the policy of the page forbids those.
    await page.evaluate(AXE)
    found = await page.evaluate(
        # To preload sheets it would write inline styles, which the page forbids.
        "rules => axe.run(document,"
        " { runOnly: rules, resultTypes: ['violations'], preload: false })",
        RULES,
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("look", LOOKS)
async def test_no_state_of_a_conversation_breaks_a_rule(
    browser: Browser, person: Person, look: str
) -> None:
    # What moves is somewhere else at every look.
    context = await browser.new_context(**LOOKS[look], reduced_motion="reduce")
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    assert await violations(page.page) == [], "new"
    await say(page, plan(say=RICH, rate=300))
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.replies.locator(".formula math").first).to_be_attached()
    await expect(page.replies.locator(".code code span[class^=hljs]").first).to_be_attached()
    assert await violations(page.page) == [], "complete"
    await page.replies.locator(".message-details summary").click()
    assert await violations(page.page) == [], "details"
    await say(page, plan(tokens=3000, rate=20))
    await expect(page.replies.last.locator(".message-body")).not_to_be_empty()
    assert await violations(page.page) == [], "streaming"
    await page.stop()
    await expect(page.reply("stopped")).to_have_count(1)
    assert await violations(page.page) == [], "stopped"
    await say(page, plan(fault="status", status=400))
    await expect(page.reply("failed")).to_have_count(1)
    assert await violations(page.page) == [], "failed"
    await page.page.reload()
    assert await violations(page.page) == [], "as the server renders it"
    await context.set_offline(True)
    await say(page, "offline")
    await expect(page.questions.last.locator("[data-note=waiting]")).to_be_visible()
    assert await violations(page.page) == [], "offline"


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_no_other_page_breaks_a_rule(browser: Browser, person: Person, look: str) -> None:
    context = await browser.new_context(**LOOKS[look])
    guest = await context.new_page()
    for path in ("/sign-in/", "/sign-up/"):
        await guest.goto(f"{person.stack.webs[0].url}{path}")
        assert await violations(guest) == [], path
    page = await ChatPage.of(context, person)
    for path in ("/settings/", "/settings/password/"):
        await page.open(path)
        assert await violations(page.page) == [], path


async def test_the_keyboard_sheet_breaks_no_rule_and_gives_the_focus_back(page: ChatPage) -> None:
    button = page.page.locator("[data-shortcuts]")
    await button.click()
    await expect(page.page.locator("#shortcuts")).to_be_visible()
    assert await violations(page.page) == []
    await page.page.keyboard.press("Escape")
    await expect(page.page.locator("#shortcuts")).to_be_hidden()
    await expect(button).to_be_focused()


async def test_a_screen_reader_hears_beginning_end_and_text_but_no_tokens(page: ChatPage) -> None:
    await page.page.evaluate(
        """() => {
          window.heard = [];
          for (const region of document.querySelectorAll("[role=status], [role=alert]")) {
            new MutationObserver(() => window.heard.push(region.textContent))
              .observe(region, { childList: true, characterData: true, subtree: true });
          }
        }"""
    )
    await page.send(plan(say="One **bold** word and `code`. " * 5, rate=40))
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.page.locator("#announcer")).to_contain_text("Answer:")
    heard = [said for said in await page.page.evaluate("window.heard") if said]
    assert len(heard) == 2, heard
    assert "answering" in heard[0]
    assert "One bold word and code." in heard[1]


async def test_a_failure_is_said_at_once(page: ChatPage) -> None:
    await say(page, plan(fault="status", status=400))
    await expect(page.reply("failed")).to_have_count(1)
    await expect(page.page.locator("#alarm[role=alert]")).to_contain_text("There is no answer")


async def test_at_twice_the_size_everything_is_within_reach(page: ChatPage) -> None:
    # 1280 pixels at 200 % are 640 of the page's own.
    await page.page.set_viewport_size({"width": 640, "height": 400})
    await say(page, plan(say=RICH))
    await expect(page.reply("complete")).to_have_count(1)
    assert await page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(page.box).to_be_in_viewport()
    await expect(page.page.locator("#composer [data-action]")).to_be_in_viewport()


async def test_what_a_finger_touches_is_large_enough(browser: Browser, person: Person) -> None:
    page = await ChatPage.of(await browser.new_context(**PHONE), person)
    await page.open("/chat/")
    await say(page, plan(say=RICH))
    await expect(page.reply("complete")).to_have_count(1)
    small = await page.page.evaluate(
        """() => [...document.querySelectorAll("button, summary, select, textarea, a.button")]
          .filter((each) => each.checkVisibility({ visibilityProperty: true }))
          .filter((each) => !each.closest(".visually-hidden, .skip"))
          .map((each) => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
          .filter(([, box]) => box.width < 44 || box.height < 44)
          .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""
    )
    assert small == []


async def test_who_wants_no_motion_sees_none(browser: Browser, person: Person) -> None:
    context = await browser.new_context(reduced_motion="reduce")
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    await page.send(plan(tokens=100, rate=40))
    await expect(page.reply("processing")).to_have_count(1)
    running = await page.page.evaluate(
        """() => document.getAnimations()
          .filter((each) => each.effect.getComputedTiming().duration > 10).length"""
    )
    assert running == 0
    await page.stop()


async def test_wide_code_can_be_reached_by_keyboard_and_has_a_name(page: ChatPage) -> None:
    await say(page, plan(say=RICH))
    await expect(page.reply("complete")).to_have_count(1)
    for _ in ("as it was streamed", "as the server renders it"):
        code = page.replies.get_by_role("group", name=re.compile("^Code$"))
        await code.focus()
        await expect(code).to_be_focused()
        await page.page.reload()
