"""Without a connection: what is written waits, goes out once, and meets what came meanwhile."""

import asyncio
import json
import re
from collections.abc import Callable

import pytest
from playwright.async_api import BrowserContext, Route, expect

from tests.browser.device import ask, come_back, kill, path_of, seen, until_kept
from tests.browser.pages import ChatPage
from tests.browser.test_accessibility import violations
from tests.browser.versions import lose_connection
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.provider.asking import plan

pytestmark = pytest.mark.browser


async def test_what_is_written_on_a_kept_page_goes_out_once(
    own_stack: Callable[..., Stack], context: BrowserContext
) -> None:
    stack = own_stack()
    page = await ChatPage.of(context, Person(stack, "somebody"))
    path = await seen(page)
    kill(stack.webs[0])
    await page.page.reload()
    message = plan(tokens=5)
    await page.send(message)
    waiting = page.questions.last.locator("[data-note=waiting]")
    await expect(waiting).to_be_visible()
    await page.page.reload()
    await expect(waiting).to_be_visible()
    assert stack.requests(message) == []
    come_back(stack, stack.webs[0])
    await expect(page.reply("complete")).to_have_count(2)
    await expect(page.questions).to_have_count(2)
    await expect(page.page.locator("#connection")).to_be_empty()
    await expect(page.page.locator("html")).not_to_have_attribute("data-kept", re.compile(""))
    # It is the server's page now: its forms work.
    await page.page.locator("#menu summary").click()
    await page.page.locator("#rename").fill("Another name")
    await page.page.get_by_role("button", name="Rename", exact=True).click()
    await expect(page.page.locator("#title")).to_have_text("Another name")
    assert len(stack.requests(message)) == 1
    assert path_of(page) == path
    assert page.errors == []


async def test_a_kept_page_whose_first_look_at_the_server_fails_connects_later(
    page: ChatPage, context: BrowserContext, stack: Stack
) -> None:
    path = await seen(page)
    await page.page.clock.install()
    await context.set_offline(True)
    await page.page.reload()
    message = plan(tokens=5)
    await page.send(message)
    await expect(page.questions.last.locator("[data-note=waiting]")).to_be_visible()
    asked = asyncio.Event()

    async def fail(route: Route) -> None:
        asked.set()
        await route.fulfill(status=502)

    await page.page.route(f"{page.url}{path}", fail)
    await context.set_offline(False)
    async with asyncio.timeout(20):
        await asked.wait()
    # It would look once more after a moment: there is no connection any more then.
    await lose_connection(page, context)
    await page.page.clock.run_for(2_000)
    await page.page.unroute(f"{page.url}{path}")
    await context.set_offline(False)
    await expect(page.reply("complete")).to_have_count(2)
    await expect(page.questions).to_have_count(2)
    await expect(page.page.locator("html")).not_to_have_attribute("data-kept", re.compile(""))
    await expect(page.page.locator("#connection")).to_be_empty()
    assert len(stack.requests(message)) == 1
    # What a balancer's refusal looks like in the console.
    page.errors.clear()


async def test_what_a_closed_tab_left_goes_out_when_the_app_is_opened(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    await seen(page)
    await context.set_offline(True)
    await page.page.reload()
    message = plan(tokens=5)
    await page.send(message)
    await expect(page.questions.last.locator("[data-note=waiting]")).to_be_visible()
    path = path_of(page)
    await page.page.close()
    await context.set_offline(False)
    again = await ChatPage.of(context, person)
    await again.open(path)
    await expect(again.reply("complete")).to_have_count(2)
    await expect(again.questions).to_have_count(2)
    assert len(stack.requests(message)) == 1
    stored = await again.page.evaluate(
        "Object.keys(localStorage).filter((key) => key.startsWith('outbox'))"
    )
    assert stored == []


async def test_a_tab_that_lives_keeps_what_it_waits_with(
    page: ChatPage, context: BrowserContext, person: Person
) -> None:
    await seen(page)
    await context.set_offline(True)
    await page.page.reload()
    await page.open("/chat/")
    await page.send("the first of two")
    await expect(page.questions.locator("[data-note=waiting]")).to_be_visible()
    second = await ChatPage.of(context, person)
    await second.open("/chat/")
    await second.send("the second of two")
    await expect(second.questions).to_have_count(1)
    await context.set_offline(False)
    for one in (page, second):
        await expect(one.reply("complete")).to_have_count(1)
        await expect(one.questions).to_have_count(1)


async def test_a_new_conversation_begun_offline_gets_its_place(
    page: ChatPage, context: BrowserContext, stack: Stack
) -> None:
    await seen(page)
    await context.set_offline(True)
    await page.open("/chat/")
    message = plan(tokens=5)
    await page.send(message)
    await page.page.reload()
    await expect(page.questions.locator("[data-note=waiting]")).to_be_visible()
    await context.set_offline(False)
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.questions).to_have_count(1)
    assert path_of(page) != "/chat/"
    assert len(stack.requests(message)) == 1


async def test_an_answer_that_went_on_meanwhile_is_whole(
    page: ChatPage, context: BrowserContext
) -> None:
    await page.open("/chat/")
    await page.send(plan(tokens=240, rate=12))
    await expect(page.replies.locator(".message-body")).not_to_be_empty()
    await until_kept(page, words='data-status="processing" data-message-id')
    await context.set_offline(True)
    await page.page.reload()
    await expect(page.reply("processing")).to_have_count(1)
    await expect(page.replies.locator("[data-note=paused]")).to_be_visible()
    assert await violations(page.page) == []
    await context.set_offline(False)
    await expect(page.reply("complete")).to_have_count(1)
    shown = json.loads(await page.replies.get_attribute("data-text") or '""')
    assert await page.saved_text() == shown


async def test_what_others_said_meanwhile_is_there_afterwards(
    page: ChatPage, context: BrowserContext, person: Person
) -> None:
    path = await seen(page)
    await context.set_offline(True)
    await page.page.reload()
    await expect(page.questions).to_have_count(1)
    async with person.socket() as elsewhere:
        await elsewhere.ask("from another device", conversation_id=path.split("/")[2])
    person.post(f"{path}rename/", title="Named elsewhere")
    await context.set_offline(False)
    await expect(page.questions).to_have_count(2)
    await expect(page.reply("complete")).to_have_count(2)
    await expect(page.page.locator("#title")).to_have_text("Named elsewhere")


async def test_what_waits_is_said_once(page: ChatPage, context: BrowserContext) -> None:
    await ask(page, "hello")
    await page.page.evaluate(
        """() => {
          window.heard = [];
          new MutationObserver(() => window.heard.push(announcer.textContent))
            .observe(announcer, { childList: true, characterData: true, subtree: true });
        }"""
    )
    await context.set_offline(True)
    await page.send("waits")
    await expect(page.page.locator("#announcer")).to_have_text("Your message waits to be sent.")
    await expect(page.page.locator("#connection")).to_contain_text("You are offline")
    heard = await page.page.evaluate("window.heard")
    assert heard == ["Your message waits to be sent."]
