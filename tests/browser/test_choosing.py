"""Somebody chooses a model beside the message box: in a real browser."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser.pages import ChatPage
from tests.provider.asking import plan

pytestmark = pytest.mark.browser


def choice(page: ChatPage) -> Locator:
    return page.page.get_by_role("combobox", name="Model")


async def test_the_chosen_model_answers_is_remembered_and_changed_by_regenerating(
    page: ChatPage,
) -> None:
    await page.open("/chat/")
    await expect(choice(page)).to_have_value("auto")
    await choice(page).select_option("mock-claude")
    await page.send(plan(tokens=4))
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.reply("complete").locator(".message-figures")).to_contain_text("mock-claude")
    await page.page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    await page.page.reload()
    await expect(choice(page)).to_have_value("anthropic:mock-claude")
    await choice(page).select_option("mock")
    reply = page.reply("complete")
    await reply.get_by_role("button", name="Regenerate", exact=True).click()
    await expect(reply.locator(".versions-place")).to_have_text(re.compile("2"))
    await expect(reply.locator(".message-figures")).to_have_text(re.compile(r"^mock "))
    assert page.errors == []


@pytest.mark.parametrize("width", [320, 390, 1280])
async def test_the_box_keeps_its_room_beside_the_list(page: ChatPage, width: int) -> None:
    await page.page.set_viewport_size({"width": width, "height": 700})
    await page.open("/chat/")
    await choice(page).select_option("mock-claude")
    box, listed = await page.box.bounding_box(), await choice(page).bounding_box()
    send = await page.page.locator(".composer-button").bounding_box()
    assert box
    assert listed
    assert send
    assert box["x"] + box["width"] <= listed["x"] + 1
    assert listed["x"] + listed["width"] <= send["x"] + 1
    assert send["x"] + send["width"] <= width
    assert box["width"] >= width * 0.3
