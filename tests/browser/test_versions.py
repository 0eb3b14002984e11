"""Somebody regenerates, continues, and goes between versions: in a real browser."""

import asyncio
import json

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from streaming.generation.prompt import GO_ON
from tests.browser.pages import ChatPage
from tests.browser.versions import ask, button, follow, place
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

pytestmark = pytest.mark.browser


# -- regenerate --------------------------------------------------------------------------


async def test_regenerate_and_back_again_also_in_another_tab(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    await ask(page, plan(tokens=5))
    await ask(page, "And then?", 2)
    second = await follow(page, context, person, stack)
    first_reply = page.replies.first
    before = await first_reply.get_attribute("data-message-id")
    await first_reply.hover()
    await button(first_reply, "Regenerate").click()
    await expect(page.questions).to_have_count(1)
    await expect(page.reply("complete")).to_have_count(1)
    await expect(place(page.replies.first)).to_have_text("2/2")
    await expect(place(second.replies.first)).to_have_text("2/2")
    await expect(second.questions).to_have_count(1)
    await expect(second.reply("complete")).to_have_count(1)
    # Back: with everything that had followed.
    await button(page.replies.first, "Previous version").click()
    for tab in (page, second):
        await expect(tab.questions).to_have_count(2)
        await expect(place(tab.replies.first)).to_have_text("1/2")
        await expect(tab.replies.first).to_have_attribute("data-message-id", before or "")
    # The keyboard can go on from where it is.
    await expect(button(page.replies.first, "Next version")).to_be_focused()
    await expect(page.page.locator("#announcer")).to_have_text("Version 1 of 2")
    await page.page.keyboard.press("Enter")
    await expect(place(page.replies.first)).to_have_text("2/2")
    await expect(second.questions).to_have_count(1)
    await page.page.reload()
    await expect(place(page.replies.first)).to_have_text("2/2")
    assert second.errors == []


async def test_the_box_is_there_before_the_first_token_and_buttons_wait(page: ChatPage) -> None:
    await ask(page, plan(tokens=3, delay=5))
    await page.replies.first.hover()
    await button(page.replies.first, "Regenerate").click()
    await expect(page.replies.locator(".message-waiting")).to_be_visible()
    await expect(page.questions.first.locator(".message-edit")).to_be_hidden()
    await expect(page.reply("complete")).to_have_count(1)
    await expect(place(page.replies.first)).to_have_text("2/2")
    await expect(page.questions.first.locator(".message-edit")).not_to_have_css(
        "visibility", "hidden"
    )


async def test_an_answer_goes_on_while_another_version_is_looked_at(page: ChatPage) -> None:
    await ask(page, "hello")
    message = plan(tokens=300, rate=20)
    await page.box.press("ArrowUp")
    await page.page.get_by_role("textbox", name="Edit message").fill(message)
    await page.page.keyboard.press("Enter")
    await expect(page.reply("processing").locator(".message-body")).not_to_be_empty()
    await button(page.questions.first, "Previous version").click()
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.replies).to_have_count(1)
    # Nothing that is shown can be stopped.
    await expect(page.stop_button).to_have_count(0)
    await button(page.questions.first, "Next version").click()
    await expect(page.reply("processing")).to_have_count(1)
    await expect(page.stop_button).to_have_count(1)
    await expect(page.reply("complete")).to_have_count(1)
    stored = json.loads(await page.replies.first.get_attribute("data-text") or '""')
    assert stored == await page.saved_text() == text_for(message)


# -- continue ----------------------------------------------------------------------------


async def test_a_stopped_answer_is_continued(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    message = plan(tokens=600, rate=30)
    await page.send(message)
    await expect(page.replies.locator(".message-body")).not_to_be_empty()
    await page.stop()
    await expect(page.reply("stopped")).to_have_count(1)
    second = await follow(page, context, person, stack)
    begun = json.loads(await page.replies.first.get_attribute("data-text") or '""')
    await button(page.replies.first, "Continue").click()
    await expect(page.reply("complete")).to_have_count(1)
    await expect(second.reply("complete")).to_have_count(1)
    await expect(place(page.replies.first)).to_have_text("2/2")
    stored = json.loads(await page.replies.first.get_attribute("data-text") or '""')
    assert stored == begun + text_for(GO_ON)
    assert await page.saved_text() == await second.saved_text() == stored
    await button(page.replies.first, "Previous version").click()
    await expect(page.reply("stopped")).to_have_count(1)
    await expect(button(page.replies.first, "Continue")).to_be_visible()


async def test_a_cut_answer_says_why_it_ends(page: ChatPage, browser: Browser) -> None:
    note = page.replies.locator("[data-note=cut]")
    await ask(page, plan(tokens=5))
    await expect(note).to_be_hidden()
    await ask(page, plan(tokens=5, finish="length"), 2)
    await expect(note.last).to_be_visible()
    await expect(page.page.locator("#announcer")).to_contain_text("cut off")
    await page.page.reload()
    await expect(note.last).to_be_visible()
    await expect(note.first).to_be_hidden()
    # Also without scripts, and when something was said since.
    await ask(page, plan(tokens=5), 3)
    state = await page.page.context.storage_state()
    plain = await browser.new_context(java_script_enabled=False, storage_state=state)
    without_script = await plain.new_page()
    await without_script.goto(page.page.url)
    shown = without_script.locator("[data-note=cut]:visible")
    await expect(shown).to_have_text("Cut off at the longest length")


# -- feedback ----------------------------------------------------------------------------


async def test_a_thumb_and_a_comment_are_kept(page: ChatPage, stack: Stack) -> None:
    await ask(page, "hello")
    reply = page.replies.first
    await button(reply, "Bad answer").click()
    await expect(button(reply, "Bad answer")).to_have_attribute("aria-pressed", "true")
    await reply.get_by_text("Add a comment").click()
    await reply.get_by_role("textbox", name="Comment").fill("Too short.")
    await button(reply, "Save comment").click()
    await expect(page.page.locator("#announcer")).to_contain_text("Thank you")
    message_id = await reply.get_attribute("data-message-id")
    kept = "SELECT rating, comment FROM chat_feedback WHERE message_id = ?"
    # The thumb was thanked for, too.
    await asyncio.to_thread(until, lambda: stack.rows(kept, message_id) == [(-1, "Too short.")])
    await page.page.reload()
    await expect(button(reply, "Bad answer")).to_have_attribute("aria-pressed", "true")
    # Pressed in quick succession: what was pressed last holds.
    await button(reply, "Good answer").dblclick()
    await expect(button(reply, "Bad answer")).to_have_attribute("aria-pressed", "false")
    await expect(button(reply, "Good answer")).to_have_attribute("aria-pressed", "false")
    await expect(page.page.locator("#announcer")).to_have_text("Your feedback was taken back.")
    await page.page.reload()
    await expect(button(reply, "Good answer")).to_have_attribute("aria-pressed", "false")


# -- without scripts ---------------------------------------------------------------------


async def test_versions_work_without_javascript(browser: Browser, person: Person) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    await page.box.fill("hello")
    await page.page.get_by_role("button", name="Send").click()
    await expect(page.reply("complete")).to_have_count(1)
    await button(page.replies.first, "Regenerate").click()
    await expect(place(page.replies.first)).to_have_text("2/2")
    await expect(page.reply("complete")).to_have_count(1)
    await button(page.replies.first, "Previous version").click()
    await expect(place(page.replies.first)).to_have_text("1/2")
    await page.questions.first.get_by_role("link", name="Edit").click()
    await page.box.fill("hello again")
    await page.page.get_by_role("button", name="Send").click()
    await expect(place(page.questions.first)).to_have_text("2/2")
    await expect(page.reply("complete")).to_have_count(1)
    await button(page.replies.first, "Good answer").click()
    await expect(button(page.replies.first, "Good answer")).to_have_attribute(
        "aria-pressed", "true"
    )
