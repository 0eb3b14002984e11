"""What a model thinks is folded, and no part of its answer."""

import json
import uuid

import pytest
from playwright.async_api import expect

from tests.browser.pages import ChatPage, shown_text
from tests.browser.test_accessibility import violations

pytestmark = pytest.mark.browser

THOUGHTS = "Hidden thoughts."


async def test_thoughts_are_folded_and_never_in_the_answer(page: ChatPage) -> None:
    tab = page.page
    plan = {"thinking": True, "say": "The answer is 7. ", "repeat": 40, "rate": 20}
    await page.send(f"{uuid.uuid4().hex} {json.dumps(plan)}")
    reply = page.replies.last
    thinking = reply.locator(".message-thinking")
    # While it is written, and afterwards: there, and closed.
    await expect(page.reply("processing")).to_contain_text("The answer is 7.")
    await expect(thinking).to_be_visible()
    await expect(thinking.locator(".message-thoughts")).to_be_hidden()
    await expect(reply.locator(".message-body")).not_to_contain_text(THOUGHTS)
    await page.stop()
    await expect(page.reply("stopped")).to_have_count(1)
    assert THOUGHTS not in await shown_text(reply)

    # By keyboard.
    summary = thinking.locator("summary")
    await expect(summary).to_have_text("Thoughts", use_inner_text=True)
    await summary.focus()
    await tab.keyboard.press("Enter")
    await expect(thinking.locator(".message-thoughts")).to_be_visible()
    await expect(thinking.locator(".message-thoughts")).to_contain_text(THOUGHTS)
    assert await violations(tab) == []

    # The same after a reload, and what is kept as the answer has none of it.
    saved = await page.saved_text()
    assert saved.startswith("The answer is 7.")
    assert THOUGHTS not in saved
    await expect(thinking.locator(".message-thoughts")).to_be_hidden()
    await expect(thinking.locator(".message-thoughts")).to_contain_text(THOUGHTS)


async def test_an_answer_without_thoughts_shows_no_place_for_them(page: ChatPage) -> None:
    await page.send(f"{uuid.uuid4().hex} {json.dumps({'say': 'Yes.'})}")
    await expect(page.reply("complete")).to_contain_text("Yes.")
    await expect(page.replies.last.locator(".message-thinking")).to_be_hidden()
