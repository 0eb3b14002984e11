"""The conversation logs of the admin fit onto the screens that staff have."""

import uuid

import pytest
from playwright.async_api import Browser

from tests.browser.pages import ChatPage
from tests.flow.people import Person
from tests.flow.stack import Stack

pytestmark = pytest.mark.browser

SIZES = {"desk": (1280, 800), "phone": (390, 844)}
# By how many pixels something can be scrolled sideways: the page, and the table in it.
HIDDEN = """() => ["html", "#changelist-form .results"].map((name) => {
    const box = document.querySelector(name);
    return box.scrollWidth - box.clientWidth;
})"""


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("size", SIZES)
async def test_no_row_is_wider_than_the_screen(
    browser: Browser, stack: Stack, person: Person, size: str, language: str
) -> None:
    name = f"somebody.with.a.name.that.has.no.end.{uuid.uuid4().hex}@company.example.org"
    async with Person(stack, name).socket() as socket:
        conversation = (await socket.ask("a word " + "without" * 10))["conversation_id"]
    stack.execute(
        "UPDATE chat_message SET model = ?, cost_usd = 0.00012345, error_code = ?,"
        " status = 'failed' WHERE conversation_id = ? AND role = 'assistant'",
        *("a model with a name that has no end at all", "provider_unavailable", conversation),
    )
    stack.execute(
        "UPDATE chat_user SET is_staff = 1, is_superuser = 1 WHERE id ="
        # Values lose their dashes on the way.
        " (SELECT id FROM chat_user WHERE replace(username, '-', '') = ?)",
        person.name,
    )
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, locale=language
    )
    page = await ChatPage.of(context, person)
    for kind in ("conversation", "message"):
        await page.open(f"/admin/chat/{kind}/")
        assert name in await page.page.locator("#result_list").inner_text()
        assert await page.page.evaluate(HIDDEN) == [0, 0], kind
    assert page.errors == []
