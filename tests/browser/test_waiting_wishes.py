"""Another version that is wished for without a connection: in a real browser."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, WebSocketRoute, expect

from tests.browser.pages import ChatPage, shown_text
from tests.browser.versions import ask, button, lose_connection, place, with_two_versions
from tests.flow.stack import Stack
from tests.provider.asking import plan

pytestmark = pytest.mark.browser


async def regenerate_first(page: ChatPage) -> None:
    await page.replies.first.hover()
    await button(page.replies.first, "Regenerate").click()


async def edit_last(page: ChatPage) -> None:
    await page.box.press("ArrowUp")
    editor = page.page.get_by_role("textbox", name="Edit message")
    await editor.fill(plan(tokens=7))
    await editor.press("Enter")


@pytest.mark.parametrize(
    ("said", "wish", "left"),
    [(1, regenerate_first, 1), (2, regenerate_first, 1), (2, edit_last, 2)],
    ids=["regenerate the only one", "regenerate an earlier one", "edit"],
)
async def test_what_gave_way_to_a_wish_does_not_come_back_while_it_waits(
    page: ChatPage,
    context: BrowserContext,
    said: int,
    wish: Callable[[ChatPage], Awaitable[None]],
    left: int,
) -> None:
    for number in range(said):
        await ask(page, plan(tokens=5 + number), number + 1)
    await page.page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    held: list[Callable[[], None]] = []
    is_held, waits, told = True, asyncio.Event(), asyncio.Event()
    messages: list[str] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_server(frame: str | bytes) -> None:
            if is_held and json.loads(frame)["type"] in {"regenerate", "chat"}:
                held.append(lambda: server.send(frame))
                waits.set()
            else:
                server.send(frame)

        def to_page(frame: str | bytes) -> None:
            socket.send(frame)
            if held and (heard := json.loads(frame))["type"] == "message":
                messages.append(heard["message"]["role"])
                if messages.count("assistant") == said + 1 - left:
                    told.set()

        socket.on_message(to_server)
        server.on_message(to_page)

    fetched: list[str] = []
    page.page.on("request", lambda request: fetched.append(request.url))
    await page.page.route_web_socket("**/ws/chat/*", between)
    await page.page.reload()
    await lose_connection(page, context)
    await wish(page)
    await expect(page.reply("complete")).to_have_count(left - 1)
    # The server tells of what it was once more: it has not heard of the wish.
    await context.set_offline(False)
    async with asyncio.timeout(20):
        await waits.wait()
        await told.wait()
    await expect(page.questions).to_have_count(left)
    await expect(page.reply("complete")).to_have_count(left - 1)
    is_held = False
    held[0]()
    changed = page.questions.last if wish is edit_last else page.replies.first
    await expect(place(changed)).to_have_text("2/2")
    await expect(page.reply("complete")).to_have_count(left)
    await expect(page.questions).to_have_count(left)
    await expect(page.replies).to_have_count(left)
    assert not [url for url in fetched if "/path/" in url]
    assert page.errors == []


async def test_what_is_regenerated_offline_waits_and_goes_out_once(
    page: ChatPage, context: BrowserContext, stack: Stack
) -> None:
    message = plan(tokens=3)
    await ask(page, message)
    await context.set_offline(True)
    await page.replies.first.hover()
    await button(page.replies.first, "Regenerate").click()
    await expect(page.replies.first.locator("[data-note=waiting]")).to_be_visible()
    await context.set_offline(False)
    await expect(place(page.replies.first)).to_have_text("2/2")
    await expect(page.reply("complete")).to_have_count(1)
    assert len(stack.requests(message)) == 2


async def test_a_version_that_is_chosen_offline_is_shown_when_the_connection_is_back(
    page: ChatPage, context: BrowserContext
) -> None:
    await with_two_versions(page)
    await lose_connection(page, context)
    await button(page.replies.first, "Previous version").click()
    await expect(page.page.locator("#composer")).to_contain_text("You are offline.")
    await context.set_offline(False)
    await expect(place(page.replies.first)).to_have_text("1/2")


async def test_what_waits_goes_out_under_the_version_that_it_was_written_under(
    page: ChatPage, context: BrowserContext
) -> None:
    await with_two_versions(page)
    await lose_connection(page, context)
    await page.send("Under the second")
    await button(page.replies.first, "Previous version").click()
    await context.set_offline(False)
    await expect(place(page.replies.first)).to_have_text("1/2")
    await expect(page.questions).to_have_count(1)
    await button(page.replies.first, "Next version").click()
    await expect(page.questions.last.locator(".message-body")).to_have_text("Under the second")
    await expect(page.reply("complete")).to_have_count(2)


async def test_what_is_not_sent_yet_is_taken_back_by_stop(
    page: ChatPage, context: BrowserContext
) -> None:
    await ask(page, "hello")
    shown = await shown_text(page.replies.first)
    await lose_connection(page, context)
    await page.replies.first.hover()
    await button(page.replies.first, "Regenerate").click()
    await expect(page.replies.first.locator("[data-note=waiting]")).to_be_visible()
    await page.stop()
    await expect(page.reply("complete")).to_have_count(1)
    assert await shown_text(page.replies.first) == shown
    await context.set_offline(False)
