"""The view follows an answer that grows, until its reader goes elsewhere."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.pages import ChatPage
from tests.provider.asking import plan

pytestmark = pytest.mark.browser


async def test_the_end_is_followed_only_by_who_is_there(page: ChatPage) -> None:
    await page.send(plan(say="A line of words.\n\n" * 1200, rate=150))
    thread = page.page.locator("#thread")
    at_end = "e => e.scrollHeight - e.clientHeight - e.scrollTop < 60"
    await expect(page.replies.locator("p").nth(30)).to_be_attached()
    assert await thread.evaluate(at_end)
    box = await thread.bounding_box()
    assert box
    await page.page.mouse.move(box["x"] + 200, box["y"] + 200)
    await page.page.mouse.wheel(0, -600)
    jump = page.page.locator("#jump")
    await expect(jump).to_be_visible()
    await expect(jump).to_have_text(re.compile("New text"))
    before = await thread.evaluate("e => e.scrollTop")
    await expect(page.replies.locator("p").nth(120)).to_be_attached()
    assert abs(await thread.evaluate("e => e.scrollTop") - before) < 30
    await jump.click()
    await expect(jump).to_be_hidden()
    assert await thread.evaluate(at_end)
    await page.stop()


async def test_at_phone_width_nothing_but_the_reader_leaves_the_end(page: ChatPage) -> None:
    await page.page.set_viewport_size({"width": 360, "height": 640})
    # Every state that the button has while the answer grows by leaps and bounds.
    await page.page.evaluate(
        """() => {
          const jump = document.getElementById("jump");
          globalThis.shown = 0;
          new MutationObserver(() => { if (!jump.hidden) shown += 1; })
            .observe(jump, { attributes: true });
        }"""
    )
    # Blocks of every height, and the height of many is only guessed until they are in view.
    code = "```python\n" + "x = 1  # a comment\n" * 30 + "```"
    table = "| a | b |\n|---|---|\n" + "| 1 | some words |\n" * 20
    block = f"{'Words and more words. ' * 30}\n\n{code}\n\n{table}\n\n- a\n- b\n\n"
    await page.send(plan(say=block * 12, rate=600))
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.page.locator("#jump")).to_be_hidden()
    assert await page.page.evaluate("shown") == 0


async def test_a_message_that_is_led_to_stays_in_view(page: ChatPage) -> None:
    await page.send(plan(say="A line of words.\n\n" * 200))
    await expect(page.reply("complete")).to_have_count(1)
    message_id = await page.questions.get_attribute("data-message-id")
    await page.page.goto(f"{page.page.url}?at={message_id}")
    await expect(page.questions).to_have_attribute("data-found", "")
    # Two frames: what a layout and its scrolling bring about has happened.
    await page.page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    await expect(page.questions).to_be_in_viewport()
    jump = page.page.locator("#jump")
    await expect(jump).to_be_visible()
    assert await jump.get_attribute("data-new") is None
