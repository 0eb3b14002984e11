"""Somebody edits what was asked: in a real browser."""

import pytest
from playwright.async_api import BrowserContext, Locator, expect

from tests.browser.pages import ChatPage
from tests.browser.versions import ask, button, follow, place
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.provider.asking import plan
from tests.provider.text import text_for

pytestmark = pytest.mark.browser


async def test_arrow_up_edits_the_last_question(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    await ask(page, "hello")
    await ask(page, "And then?", 2)
    second = await follow(page, context, person, stack)
    await page.box.press("ArrowUp")
    editor = page.page.get_by_role("textbox", name="Edit message")
    await expect(editor).to_be_focused()
    await expect(editor).to_have_value("And then?")
    await editor.press("Escape")
    await expect(editor).to_have_count(0)
    await expect(page.box).to_be_focused()
    await page.box.press("ArrowUp")
    message = plan(tokens=20, rate=50)
    await editor.fill(message)
    await editor.press("Enter")
    await expect(place(page.questions.last)).to_have_text("2/2")
    await expect(page.reply("complete")).to_have_count(2)
    await expect(page.box).to_be_focused()
    await expect(second.reply("complete")).to_have_count(2)
    await expect(place(second.questions.last)).to_have_text("2/2")
    assert await second.saved_text() == await page.saved_text() == text_for(message)
    await button(page.questions.last, "Previous version").click()
    await expect(page.questions.last.locator(".message-body")).to_have_text("And then?")
    await expect(second.questions.last.locator(".message-body")).to_have_text("And then?")
    assert second.errors == []


async def test_the_first_question_is_edited_in_place(page: ChatPage) -> None:
    await ask(page, "hello")
    await page.questions.first.hover()
    await page.questions.first.get_by_role("link", name="Edit").click()
    editor = page.page.get_by_role("textbox", name="Edit message")
    await editor.fill("hello again")
    await page.questions.first.get_by_role("button", name="Send").click()
    await expect(page.questions).to_have_count(1)
    await expect(place(page.questions.first)).to_have_text("2/2")
    await expect(page.reply("complete")).to_have_count(1)
    await page.page.reload()
    await expect(page.questions.first.locator(".message-body")).to_have_text("hello again")


async def test_a_refused_edit_comes_back_into_its_box(page: ChatPage) -> None:
    await ask(page, "hello")
    await page.box.press("ArrowUp")
    editor = page.page.get_by_role("textbox", name="Edit message")
    long = "word " * 6999 + "word"
    await editor.fill(long)
    await editor.press("Enter")
    await expect(page.page.locator("#composer-error")).to_contain_text("32,000")
    await expect(editor).to_have_value(long)
    await editor.press("Escape")
    await expect(page.questions.first.locator(".message-body")).to_have_text("hello")
    await expect(page.reply("complete")).to_have_count(1)


async def test_the_versions_of_a_question_stand_at_its_edge_and_stay_there(page: ChatPage) -> None:
    await ask(page, "hello")
    await page.box.press("ArrowUp")
    editor = page.page.get_by_role("textbox", name="Edit message")
    await editor.fill("And then?")
    await editor.press("Enter")
    question = page.questions.last
    for _ in ("as it was sent", "as the server renders it"):
        await expect(place(question)).to_have_text("2/2")
        await expect(page.reply("complete")).to_have_count(1)
        await page.page.mouse.move(5, 5)
        edges = await ends(question, ".message-body"), await ends(question, ".versions")
        assert abs(edges[0] - edges[1]) < 6
        await question.hover()
        assert await ends(question, ".versions") == edges[1]
        # By keyboard from one to the next as they stand.
        starts = await question.locator(
            ".message-actions [data-copy], .message-edit, .versions"
        ).evaluate_all("all => all.map((each) => each.getBoundingClientRect().left)")
        assert starts == sorted(starts)
        await page.page.reload()


async def ends(message: Locator, part: str) -> float:
    """Where this part of it ends, in CSS pixels from the left."""
    box = await message.locator(part).bounding_box()
    assert box
    return box["x"] + box["width"]
