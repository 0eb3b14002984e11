"""What opens over the page (how an answer was made, the menus) closes again by itself."""

import pytest
from playwright.async_api import expect

from tests.browser.pages import ChatPage
from tests.browser.versions import ask
from tests.provider.asking import plan

pytestmark = pytest.mark.browser


async def test_how_an_answer_was_made_is_closed_by_escape_which_stops_nothing(
    page: ChatPage,
) -> None:
    await ask(page, plan(tokens=5))
    # Slowly: what is pressed meanwhile stays in its place.
    await page.send(plan(tokens=3000, rate=2))
    await expect(page.reply("processing").locator(".message-body")).not_to_be_empty()
    figures = page.replies.first.locator(".message-details dl")
    summary = page.replies.first.locator(".message-details summary")
    keyboard = page.page.keyboard
    await summary.focus()
    await keyboard.press("Enter")
    await expect(figures).to_be_visible()
    await keyboard.press("Escape")
    await expect(figures).to_be_hidden()
    await expect(summary).to_be_focused()
    # Pressed on a text the focus is nowhere, or at the message.
    await summary.click()
    await figures.locator("dt:visible").last.click()
    await expect(figures).to_be_visible()
    await keyboard.press("Escape")
    await expect(figures).to_be_hidden()
    await expect(summary).to_be_focused()
    # Whoever writes goes on writing.
    await summary.click()
    await page.box.focus()
    await keyboard.press("Escape")
    await expect(figures).to_be_hidden()
    await expect(page.box).to_be_focused()
    await expect(page.reply("processing")).to_have_count(1)
    await keyboard.press("Escape")
    await expect(page.reply("stopped")).to_have_count(1)


async def test_how_an_answer_was_made_fits_on_a_phone(page: ChatPage) -> None:
    width = 390
    await page.page.set_viewport_size({"width": width, "height": 800})
    await page.box.fill(plan(tokens=5, finish="length"))
    await page.page.locator("#composer [data-action=send]").click()
    await expect(page.reply("complete")).to_have_count(1)
    # A button more than there is room for beside the figures.
    await page.replies.get_by_role("button", name="Regenerate").click()
    await expect(page.replies.locator(".versions-place")).to_have_text("2/2")
    await expect(page.reply("complete")).to_have_count(1)
    await page.replies.locator(".message-details summary").click()
    panel = await page.replies.locator(".message-details dl").bounding_box()
    assert panel
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= width


async def test_how_an_answer_was_made_gives_way_to_what_is_pressed(page: ChatPage) -> None:
    await ask(page, plan(tokens=5))
    await ask(page, plan(tokens=5), 2)
    figures = page.replies.last.locator(".message-details dl")
    summary = page.replies.last.locator(".message-details summary")
    await summary.click()
    await page.questions.first.locator(".message-body").click()
    await expect(figures).to_be_hidden()
    others = page.replies.first.locator(".message-details")
    menu = page.page.locator("#menu")
    options = page.page.locator("[data-item-menu]").first
    for opener, opened in (
        (others.locator("summary"), others.locator("dl")),
        (menu.locator("summary"), menu.locator(".menu-panel")),
        (options, page.page.locator("#item-menu")),
    ):
        await summary.click()
        await expect(figures).to_be_visible()
        await opener.focus()
        await page.page.keyboard.press("Enter")
        await expect(opened).to_be_visible()
        await expect(figures).to_be_hidden()
        await page.page.keyboard.press("Escape")
        await expect(opened).to_be_hidden()
        await expect(opener).to_be_focused()
