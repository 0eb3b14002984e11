"""Choosing who answers: by keyboard, on a phone, without JavaScript."""

import json
import uuid
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import ChatPage
from tests.browser.test_accessibility import violations
from tests.flow.assistants import assistant
from tests.flow.people import Person
from tests.flow.stack import Stack

pytestmark = pytest.mark.browser

STARTER = "What can I make of eggs?"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def cook(stack: Stack) -> Iterator[str]:
    with assistant(stack, "You are a cook.", STARTER) as made:
        yield made


async def test_by_keyboard_from_the_choice_to_the_answer(
    page: ChatPage, stack: Stack, cook: str
) -> None:
    tab = page.page
    # The page was opened before there was a choice.
    await page.open("/chat/")
    current = tab.locator(".assistant[aria-current]")
    await expect(current).to_contain_text("Rivulet")
    # As the database has it: this stack takes hyphens out.
    name = cook.replace("-", "")
    choice = tab.locator(".assistant", has_text=name)
    await choice.focus()
    # Until it has loaded: before its scripts, Enter begins a line.
    async with tab.expect_navigation():
        await tab.keyboard.press("Enter")
    await expect(current).to_contain_text(name)
    await expect(tab.locator("#assistant")).to_have_text(f"🍳Assistant: {name}")
    assert await violations(tab) == []

    await tab.locator(".example").focus()
    await tab.keyboard.press("Enter")
    await expect(page.box).to_have_value(STARTER)
    question = f"{uuid.uuid4().hex} {json.dumps({'say': 'Omelette'})}"
    await page.box.fill(question)
    await tab.keyboard.press("Enter")
    await expect(tab.locator(".message[data-role=assistant]")).to_contain_text("Omelette")
    (asked,) = stack.requests(question)
    assert asked["body"]["system"][0]["text"] == "You are a cook."

    await tab.reload()
    await expect(tab.locator("#assistant")).to_contain_text(name)
    await expect(tab.locator(".message[data-role=assistant] h2")).to_have_text(name)


@pytest.mark.parametrize("scripts", [True, False])
async def test_on_a_phone(
    browser: Browser, person: Person, stack: Stack, cook: str, scripts: bool
) -> None:
    context = await browser.new_context(java_script_enabled=scripts, viewport=PHONE)  # type: ignore[arg-type]
    page = await ChatPage.of(context, person)
    tab = page.page
    await page.open("/chat/")
    name = cook.replace("-", "")
    async with tab.expect_navigation():
        await tab.locator(".assistant", has_text=name).click()
    await expect(tab.locator("#assistant")).to_contain_text(name)
    link = await tab.locator(".assistant[aria-current]").bounding_box()
    assert link is not None
    # As large as a finger, and not wider than the phone.
    assert link["height"] >= 44
    assert link["x"] >= 0
    assert link["x"] + link["width"] <= PHONE["width"]
    question = f"{uuid.uuid4().hex} {json.dumps({'say': 'Omelette'})}"
    await page.box.fill(question)
    await tab.locator("#composer [data-action=send]").click(no_wait_after=True)
    # Without scripts both stand in the page for a moment: what grew, and the finished answer.
    await expect(tab.locator(".live-text, .message[data-role=assistant]").last).to_contain_text(
        "Omelette"
    )
    (asked,) = stack.requests(question)
    assert asked["body"]["system"][0]["text"] == "You are a cook."
    await expect(tab.locator("#assistant")).to_contain_text(name)
    await context.close()
