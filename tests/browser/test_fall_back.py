"""A network that does not let everything through: the page finds another way."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, Locator, expect

from streaming.generation.prompt import GO_ON
from tests.browser.pages import ChatPage, shown_text
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for
from tests.upgrade_proxy import UpgradeProxy

pytestmark = pytest.mark.browser


@pytest.fixture
async def proxy(stack: Stack) -> AsyncIterator[UpgradeProxy]:
    async with UpgradeProxy(stack.webs[0].url) as started:
        yield started


@pytest.fixture
async def behind(
    context: BrowserContext, person: Person, proxy: UpgradeProxy
) -> AsyncIterator[ChatPage]:
    """A page whose address is the proxy's."""
    chat = await ChatPage.of(context, person)
    chat.url = proxy.url
    yield chat
    assert chat.errors == []


def button(message: Locator, name: str) -> Locator:
    return message.get_by_role("button", name=name, exact=True)


async def assert_shown_once(page: ChatPage, stack: Stack, message: str) -> None:
    """Page, database and provider have the same, and the provider was asked once."""
    text = text_for(message)
    await expect(page.replies).to_have_count(await page.questions.count())
    article = page.replies.last
    await expect(article).to_have_attribute("data-status", "complete", timeout=40_000)
    assert json.loads(await article.get_attribute("data-text") or "") == text
    message_id = await article.get_attribute("data-message-id")
    assert stack.reply(str(message_id))["content"] == text
    assert len(stack.requests(message)) == 1
    await expect(page.questions).to_have_count(await page.replies.count())


async def test_without_sockets_answers_come_as_events(
    stack: Stack, behind: ChatPage, proxy: UpgradeProxy
) -> None:
    proxy.refuses_upgrades = True
    await behind.open("/chat/")
    for message in (plan(tokens=60, rate=20), plan(tokens=40, rate=20)):
        await behind.send(message)
        await expect(behind.replies.last).to_have_attribute("data-status", "processing")
        await expect(behind.replies.last.locator(".message-body")).not_to_be_empty()
        await assert_shown_once(behind, stack, message)
    assert proxy.refused >= 2
    assert proxy.asked.count("POST /api/v1/chat/stream") == 2
    # A reload in mid-reply goes on, and does not wait to find out again.
    message = plan(tokens=80, rate=20)
    await behind.send(message)
    await expect(behind.replies.last.locator(".message-body")).not_to_be_empty()
    await behind.page.reload()
    await assert_shown_once(behind, stack, message)
    await expect(behind.page.locator("#connection")).to_be_empty()


async def test_a_socket_that_is_cut_in_mid_reply_and_refused_then(
    stack: Stack, behind: ChatPage, proxy: UpgradeProxy
) -> None:
    await behind.open("/chat/")
    message = plan(tokens=150, rate=15)
    await behind.send(message)
    await expect(behind.replies.last.locator(".message-body")).not_to_be_empty()
    # As long as the socket works nothing else is asked for.
    assert not [asked for asked in proxy.asked if "/api/" in asked]
    # The service worker keeps the files of the way around; the page has not asked for them.
    loaded = await behind.page.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => name)"
    )
    assert loaded
    assert not [name for name in loaded if "/detour/" in name]
    proxy.refuses_upgrades = True
    await proxy.cut()
    await assert_shown_once(behind, stack, message)
    assert any("/stream" in asked for asked in proxy.asked)
    shown = await shown_text(behind.replies.locator(".message-body"))
    await behind.page.reload()
    assert shown == await shown_text(behind.replies.locator(".message-body"))


async def test_it_goes_back_to_the_socket_in_mid_reply(
    stack: Stack, behind: ChatPage, proxy: UpgradeProxy
) -> None:
    proxy.refuses_upgrades = True
    await behind.open("/chat/")
    message = plan(tokens=250, rate=15)
    await behind.send(message)
    await expect(behind.replies.last.locator(".message-body")).not_to_be_empty()
    before = len(proxy.asked)
    proxy.refuses_upgrades = False
    await assert_shown_once(behind, stack, message)
    assert any(one.startswith("GET /ws/chat/") for one in proxy.asked[before:])
    asked = len([one for one in proxy.asked if "/api/" in one])
    second = plan(tokens=5)
    await behind.send(second)
    await assert_shown_once(behind, stack, second)
    assert len([one for one in proxy.asked if "/api/" in one]) == asked


async def test_where_event_streams_are_held_back_the_answer_comes_as_a_whole(
    stack: Stack, behind: ChatPage, proxy: UpgradeProxy
) -> None:
    proxy.refuses_upgrades = proxy.holds_back = True
    await behind.open("/chat/")
    message = plan(tokens=160, rate=10)
    await behind.send(message)
    await expect(behind.page.locator("#connection")).not_to_be_empty()
    await assert_shown_once(behind, stack, message)
    await expect(behind.page.locator("#connection")).to_be_empty()
    # The next one knows it.
    proxy.asked.clear()
    second = plan(tokens=30, rate=10)
    await behind.send(second)
    await assert_shown_once(behind, stack, second)
    assert proxy.asked.count("POST /api/v1/chat/stream") == 1


@pytest.mark.parametrize("obstacle", ["ignores_upgrades", "swallows_frames"])
async def test_a_socket_that_never_opens_or_says_nothing_is_gone_around(
    stack: Stack, behind: ChatPage, proxy: UpgradeProxy, obstacle: str
) -> None:
    setattr(proxy, obstacle, True)
    await behind.open("/chat/")
    message = plan(tokens=20, rate=20)
    await behind.send(message)
    await assert_shown_once(behind, stack, message)
    assert proxy.asked.count("POST /api/v1/chat/stream") == 1


@pytest.mark.parametrize("holds_back", [False, True])
async def test_all_that_is_done_with_messages_works_without_sockets(
    stack: Stack, behind: ChatPage, proxy: UpgradeProxy, *, holds_back: bool
) -> None:
    proxy.refuses_upgrades, proxy.holds_back = True, holds_back
    await behind.open("/chat/")
    last = behind.replies.last
    # Stopped, and continued.
    await behind.send(plan(tokens=900, rate=10))
    await expect(behind.replies).to_have_count(1)
    if not holds_back:
        await expect(last.locator(".message-body")).not_to_be_empty()
    await behind.stop()
    await expect(behind.reply("stopped")).to_have_count(1)
    begun = json.loads(await last.get_attribute("data-text") or '""')
    await button(last, "Continue").click()
    await expect(behind.reply("complete")).to_have_count(1)
    await expect(last.locator(".versions-place")).to_have_text("2/2")
    whole = json.loads(await last.get_attribute("data-text") or '""')
    assert whole == begun + text_for(GO_ON)
    # Asked of a chosen model, regenerated, and the first version looked at again.
    model = behind.page.get_by_role("combobox", name="Model")
    await model.select_option("mock-claude")
    short = plan(tokens=8)
    await behind.send(short)
    await expect(behind.replies).to_have_count(2)
    await assert_shown_once(behind, stack, short)
    await expect(last.locator(".message-figures")).to_contain_text("mock-claude")
    await last.hover()
    await button(last, "Regenerate").click()
    await expect(last.locator(".versions-place")).to_have_text("2/2")
    await expect(last).to_have_attribute("data-status", "complete")
    await button(last, "Previous version").click()
    await expect(last.locator(".versions-place")).to_have_text("1/2")
    # Edited.
    edited = plan(tokens=6)
    await behind.box.press("ArrowUp")
    editor = behind.page.get_by_role("textbox", name="Edit message")
    await editor.fill(edited)
    await editor.press("Enter")
    await expect(behind.questions.last.locator(".versions-place")).to_have_text("2/2")
    await assert_shown_once(behind, stack, edited)
    shown = await shown_text(behind.replies.last.locator(".message-body"))
    await behind.page.reload()
    assert shown == await shown_text(behind.replies.last.locator(".message-body"))


async def test_what_is_sent_offline_goes_out_once_without_sockets(
    stack: Stack, behind: ChatPage, proxy: UpgradeProxy, context: BrowserContext
) -> None:
    proxy.refuses_upgrades = True
    await behind.open("/chat/")
    first = plan(tokens=200, rate=20)
    await behind.send(first)
    await expect(behind.replies.last.locator(".message-body")).not_to_be_empty()
    await context.set_offline(True)
    await expect(behind.page.locator("html")).to_have_attribute("data-connection", "offline")
    await context.set_offline(False)
    await assert_shown_once(behind, stack, first)
    await context.set_offline(True)
    message = plan(tokens=5)
    await behind.send(message)
    await expect(behind.questions.last.locator("[data-note=waiting]")).to_be_visible()
    await context.set_offline(False)
    await expect(behind.replies).to_have_count(2)
    await assert_shown_once(behind, stack, message)


async def test_what_is_said_elsewhere_appears_without_sockets(
    stack: Stack, behind: ChatPage, proxy: UpgradeProxy, person: Person
) -> None:
    proxy.refuses_upgrades = True
    await behind.open("/chat/")
    message = plan(tokens=5)
    await behind.send(message)
    await assert_shown_once(behind, stack, message)
    conversation_id = behind.page.url.rstrip("/").rsplit("/", 1)[-1]
    elsewhere = plan(tokens=30, rate=20)
    async with person.socket() as socket:
        await socket.chat(elsewhere, conversation_id=conversation_id)
    await expect(behind.questions).to_have_count(2)
    await assert_shown_once(behind, stack, elsewhere)


async def test_away_for_a_while_and_then_in_a_network_without_sockets(
    stack: Stack, behind: ChatPage, proxy: UpgradeProxy
) -> None:
    await behind.open("/chat/")
    first = plan(tokens=5)
    await behind.send(first)
    await assert_shown_once(behind, stack, first)
    proxy.is_away = True
    proxy.asked.clear()
    await proxy.cut()
    connection = behind.page.locator("html")
    await expect(connection).to_have_attribute("data-connection", "reconnecting")
    await asyncio.to_thread(until, lambda: any("/detour/" in asked for asked in proxy.asked))
    proxy.is_away, proxy.refuses_upgrades = False, True
    second = plan(tokens=20, rate=20)
    await behind.send(second)
    await expect(behind.replies).to_have_count(2)
    await assert_shown_once(behind, stack, second)
    await expect(connection).not_to_have_attribute("data-connection", "reconnecting")


async def test_a_page_left_open_does_not_speak_for_who_signed_in_since(
    stack: Stack, context: BrowserContext, person: Person, proxy: UpgradeProxy
) -> None:
    proxy.refuses_upgrades = True
    since = Person(stack, f"since-{person.name}")
    # The browser notes in its console what was refused.
    left = await ChatPage.of(context, person)
    left.url = proxy.url
    await left.open("/chat/")
    message = plan(tokens=3)
    await left.send(message)
    await assert_shown_once(left, stack, message)
    await left.open("/chat/")
    room = left.page.locator("#room")
    whose = await room.get_attribute("data-person") or ""
    await expect(left.page.locator("#connection")).to_have_attribute("data-open", "")
    await ChatPage.of(context, since)
    own = plan(tokens=2)
    await left.send(own)
    await expect(room).not_to_have_attribute("data-person", whose)
    await expect(left.page.get_by_text(own)).to_have_count(0)
    assert stack.rows("SELECT id FROM chat_message WHERE content = ?", own) == []
