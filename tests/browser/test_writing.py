"""Somebody writes: drafts, limits, input methods, phones, focus."""

import pytest
from playwright.async_api import Browser, BrowserContext, ViewportSize, expect

from tests.browser.pages import ChatPage
from tests.flow.people import Person
from tests.provider.asking import plan

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 390, "height": 844}


async def test_a_draft_survives_a_reload_and_is_gone_when_sent(page: ChatPage) -> None:
    await page.box.press_sequentially("half a thought")
    await page.page.reload()
    await expect(page.box).to_have_value("half a thought")
    await page.box.press("Enter")
    await expect(page.reply("complete")).to_have_count(1)
    await page.page.reload()
    await expect(page.box).to_have_value("")


async def test_each_conversation_has_its_own_draft(page: ChatPage) -> None:
    await page.send("hello")
    await expect(page.reply("complete")).to_have_count(1)
    first = page.page.url
    await page.box.press_sequentially("for the first")
    await page.open("/chat/")
    await expect(page.box).to_have_value("")
    await page.box.press_sequentially("for a new one")
    await page.page.goto(first)
    await expect(page.box).to_have_value("for the first")
    await page.open("/chat/")
    await expect(page.box).to_have_value("for a new one")


async def test_what_is_typed_while_a_conversation_gets_its_id_belongs_to_it(
    page: ChatPage,
) -> None:
    await page.send(plan(tokens=30, rate=20))
    await page.box.press_sequentially("and then")
    await page.page.wait_for_url("**/chat/*-*/")
    await expect(page.reply("complete")).to_have_count(1)
    await page.page.reload()
    await expect(page.box).to_have_value("and then")
    await page.open("/chat/")
    await expect(page.box).to_have_value("")


async def test_somebody_elses_draft_is_not_shown(
    page: ChatPage, context: BrowserContext, other: Person
) -> None:
    await page.box.press_sequentially("mine")
    await page.page.reload()
    await expect(page.box).to_have_value("mine")
    theirs = await ChatPage.of(context, other)
    await theirs.open("/chat/")
    await expect(theirs.box).to_have_value("")


async def test_too_long_a_message_is_told_before_it_is_sent(page: ChatPage) -> None:
    count = page.page.locator(".composer-count")
    button = page.page.locator("#composer [data-action]")
    await page.box.fill("x" * 20_000)
    await expect(count).to_be_hidden()
    await page.box.fill("x" * 31_900)
    await expect(count).to_have_text("100 characters left")
    await expect(button).to_be_enabled()
    await page.box.fill("x" * 32_005)
    await expect(count).to_have_text("5 characters too many")
    await expect(page.page.locator("[data-count-spoken]")).to_have_text("5 characters too many")
    await expect(button).to_be_disabled()
    await page.box.press("Enter")
    await expect(page.questions).to_have_count(0)
    # A wave is one character here as it is for the server.
    await page.box.fill("🌊" * 32_000)
    await expect(button).to_be_enabled()


async def test_a_long_text_is_pasted_smoothly(page: ChatPage) -> None:
    text = "some words and a line\n" * 4545
    await page.page.evaluate(
        """(text) => {
          const other = document.createElement("textarea");
          other.value = text;
          document.body.append(other);
          other.select();
          document.execCommand("copy");
          other.remove();
        }""",
        text,
    )
    await page.box.focus()
    await page.box.press("Control+V")
    await expect(page.box).to_have_value(text)
    typing = await page.page.evaluate(
        """() => {
          const before = performance.now();
          document.execCommand("insertText", false, "x");
          return performance.now() - before;
        }"""
    )
    assert typing < 500
    box = await page.box.bounding_box()
    assert box is not None
    assert box["height"] < 800 * 0.45


async def test_enter_that_chooses_a_word_does_not_send(page: ChatPage) -> None:
    await page.box.fill("にほん")
    await page.box.evaluate(
        """(box) => {
          const press = (detail) => box.dispatchEvent(new KeyboardEvent("keydown", {
            key: "Enter", bubbles: true, cancelable: true, ...detail,
          }));
          box.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
          press({ isComposing: true });
          box.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
          press({ keyCode: 229 });
        }"""
    )
    await expect(page.box).to_have_value("にほん")
    await expect(page.questions).to_have_count(0)
    await page.box.press("Enter")
    await expect(page.questions).to_have_count(1)
    await expect(page.reply("complete")).to_have_count(1)


async def test_on_a_phone_enter_begins_a_line_and_the_button_sends(
    browser: Browser, person: Person
) -> None:
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    await page.box.tap()
    await page.box.press_sequentially("one")
    await page.box.press("Enter")
    await page.box.press_sequentially("two")
    await expect(page.box).to_have_value("one\ntwo")
    await page.page.locator("#composer [data-action=send]").tap()
    await expect(page.questions).to_have_count(1)
    await expect(page.reply("complete")).to_have_count(1)


async def test_the_box_keeps_the_focus_when_the_button_is_pressed(page: ChatPage) -> None:
    await page.box.fill(plan(tokens=300, rate=20))
    await page.page.locator("#composer [data-action=send]").click()
    await expect(page.reply("processing")).to_have_count(1)
    await expect(page.box).to_be_focused()
    await page.stop()
    await expect(page.reply("stopped")).to_have_count(1)
    await expect(page.box).to_be_focused()


async def test_stopping_by_keyboard_does_not_lose_the_focus(page: ChatPage) -> None:
    await page.send(plan(tokens=300, rate=20))
    await expect(page.reply("processing")).to_have_count(1)
    await page.stop_button.focus()
    await page.page.keyboard.press("Enter")
    await expect(page.reply("stopped")).to_have_count(1)
    await expect(page.box).to_be_focused()


async def test_the_box_grows_up_to_a_bound(page: ChatPage) -> None:
    low = await page.box.bounding_box()
    await page.box.fill("line\n" * 4)
    middle = await page.box.bounding_box()
    await page.box.fill("line\n" * 200)
    high = await page.box.bounding_box()
    assert low is not None
    assert middle is not None
    assert high is not None
    assert low["height"] < middle["height"] < high["height"] <= 0.41 * 800


async def test_shortcuts_do_what_the_sheet_says(page: ChatPage, context: BrowserContext) -> None:
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.send(plan(say="Look:\n\n```js\nlet a = 1;\n```\n"))
    await expect(page.reply("complete")).to_have_count(1)
    keyboard = page.page.keyboard
    await page.box.press("?")
    await expect(page.box).to_have_value("?")
    await page.box.fill("")
    await keyboard.press("Alt+Shift+KeyK")
    await expect(page.page.locator("#announcer")).to_have_text("Copied")
    assert await page.page.evaluate("navigator.clipboard.readText()") == "let a = 1;"
    await keyboard.press("Alt+Shift+KeyC")
    await expect(page.page.locator("#announcer")).to_have_text("Copied")
    copied = await page.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Look:")
    await page.page.locator("#title").click()
    await page.box.evaluate("box => box.blur()")
    await keyboard.press("?")
    sheet = page.page.locator("#shortcuts")
    await expect(sheet).to_be_visible()
    await keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await page.box.evaluate("box => box.blur()")
    await keyboard.press("/")
    await expect(page.box).to_be_focused()
    await expect(page.box).to_have_value("")
    await page.send(plan(tokens=300, rate=20))
    await expect(page.reply("processing")).to_have_count(1)
    await keyboard.press("Escape")
    await expect(page.reply("stopped")).to_have_count(1)
    await keyboard.press("Alt+Shift+KeyN")
    await page.page.wait_for_url("**/chat/")


async def test_escape_stops_what_was_asked_for_with_the_keyboard(page: ChatPage) -> None:
    keyboard = page.page.keyboard
    await page.send(plan(tokens=300, rate=20))
    await expect(page.replies.locator(".message-body")).not_to_be_empty()
    menu = page.page.locator("#menu")
    await menu.locator("summary").press("Enter")
    await expect(menu).to_have_attribute("open", "")
    await keyboard.press("Escape")
    await expect(menu).not_to_have_attribute("open", "")
    await expect(page.reply("processing")).to_have_count(1)
    await page.box.press("Escape")
    await expect(page.reply("stopped")).to_have_count(1)
    await page.replies.get_by_role("button", name="Regenerate").press("Enter")
    await expect(page.reply("processing")).to_have_count(1)
    await expect(page.replies).to_be_focused()
    await keyboard.press("Escape")
    await expect(page.reply("stopped")).to_have_count(1)


async def test_single_keys_can_be_switched_off(page: ChatPage) -> None:
    await page.page.locator("[data-shortcuts]").click()
    sheet = page.page.locator("#shortcuts")
    await sheet.get_by_role("checkbox").uncheck()
    await page.page.reload()
    await page.box.evaluate("box => box.blur()")
    await page.page.keyboard.press("?")
    await expect(sheet).to_be_hidden()
