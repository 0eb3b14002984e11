"""Without a connection: what was seen opens, and nobody sees what was another person's."""

import asyncio
import contextlib
import uuid

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, expect

from tests.browser.device import (
    FIND,
    OWN_WORDS,
    ask,
    seen,
    until_kept,
    until_kept_whole,
    until_true,
)
from tests.browser.pages import ChatPage
from tests.browser.test_accessibility import LOOKS, violations
from tests.browser.versions import lose_connection
from tests.flow.people import Person
from tests.flow.stack import Stack

pytestmark = pytest.mark.browser


# The pages on the device, the newest first.
PATHS = f"""async () => {{
  {FIND}
  const index = await find("/offline/index");
  return index ? (await index.json()).map(({{ path }}) => path) : [];
}}"""


async def kept_paths(page: Page) -> list[str]:
    return [str(path) for path in await page.evaluate(PATHS)]


async def until_paths(page: Page, wanted: list[str]) -> None:
    """These pages are on the device, and no others."""
    same = f"async (wanted) => JSON.stringify(await ({PATHS})()) === JSON.stringify(wanted)"
    await until_true(page, same, wanted)


async def test_what_was_seen_opens_without_a_connection(
    page: ChatPage, context: BrowserContext
) -> None:
    path = await seen(page)
    await context.set_offline(True)
    await page.page.reload()
    await expect(page.questions.locator(".message-body")).to_have_text([OWN_WORDS])
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.page.locator("#connection")).to_contain_text("as you last saw it")
    await expect(page.page.locator("body")).to_have_css("display", "grid")
    # The start of the app leads there.
    await page.open("/")
    await expect(page.page).to_have_url(f"{page.url}{path}")
    await expect(page.questions).to_have_count(1)
    # And a new one can be begun.
    await page.open("/chat/")
    await expect(page.box).to_be_visible()
    await expect(page.questions).to_have_count(0)


async def test_a_page_in_no_workers_charge_is_kept_too(page: ChatPage) -> None:
    await until_kept(page, path="/chat/")
    tools = await page.page.context.new_cdp_session(page.page)
    # What a person does who reloads with the shift key; and what a page is that was on its way
    # while the first worker came.
    async with page.page.expect_event("load"):
        await tools.send("Page.reload", {"ignoreCache": True})
    assert await page.page.evaluate("navigator.serviceWorker.controller") is None
    await ask(page, OWN_WORDS)
    await until_kept_whole(page)


async def test_what_was_never_seen_says_so_and_leads_to_what_was(
    page: ChatPage, context: BrowserContext
) -> None:
    path = await seen(page)
    await context.set_offline(True)
    never = f"/chat/{uuid.uuid4()}/"
    await page.open(never)
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("You are offline")
    assert await violations(page.page) == []
    await page.page.locator(".seen-link").click()
    await expect(page.page).to_have_url(f"{page.url}{path}")
    await expect(page.questions).to_have_count(1)
    await page.open("/settings/")
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("You are offline")
    await context.set_offline(False)
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("Settings")


async def test_nothing_of_a_person_is_left_after_signing_out(
    page: ChatPage, context: BrowserContext, person: Person, other: Person
) -> None:
    path = await seen(page)
    tab = await ChatPage.of(context, person)
    await tab.open(path)
    is_kept = '(draft) => Object.values(localStorage).some((kept) => kept.includes(`"${draft}"`))'
    for each, draft in ((tab, "a draft in another tab"), (page, "a draft")):
        await each.box.fill(draft)
        await until_true(each.page, is_kept, draft)
    await page.page.locator("#leave button").click()
    await expect(page.page.get_by_role("heading", name="Welcome")).to_be_visible()
    await page.page.wait_for_url("**/sign-in/")
    await expect(tab.page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert await kept_paths(page.page) == []
    stored = await page.page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")
    assert "draft" not in stored
    await tab.page.close()
    # The last page that the service worker had: it goes now, and no page is loaded in that moment
    # (tests/browser/test_deploying.py tells why).
    await page.page.goto("about:blank")
    await context.set_offline(True)
    for address in (path, "/", "/chat/"):
        # The service worker has gone, too: it is the browser that says so.
        with contextlib.suppress(Error):
            await page.open(address)
        await expect(page.page.get_by_text(OWN_WORDS)).to_have_count(0)
    await context.set_offline(False)
    # Somebody else at the same browser.
    guest = await ChatPage.of(context, other)
    await guest.open("/chat/")
    await until_kept(guest, path="/chat/")
    await context.set_offline(True)
    await guest.open(path)
    await expect(guest.page.get_by_role("heading", level=1)).to_have_text("You are offline")
    assert OWN_WORDS not in await guest.page.content()
    await expect(guest.page.locator(".seen-link")).to_have_count(0)


async def test_another_person_without_signing_out_sees_nothing_either(
    page: ChatPage, context: BrowserContext, other: Person
) -> None:
    path = await seen(page)
    guest = await ChatPage.of(context, other)
    await page.page.close()
    await guest.open("/chat/")
    await until_paths(guest.page, ["/chat/"])
    await context.set_offline(True)
    await guest.open(path)
    await expect(guest.page.get_by_role("heading", level=1)).to_have_text("You are offline")


async def test_a_page_left_open_does_not_speak_for_who_signed_in_since(
    context: BrowserContext, person: Person, other: Person, stack: Stack
) -> None:
    # Where it asks over HTTP before its socket is back, the browser notes the refusal.
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    own = f"Only mine {uuid.uuid4().hex}"
    whose = await page.page.locator("#room").get_attribute("data-person") or ""
    await lose_connection(page, context)
    await page.send(own)
    await expect(page.questions.last.locator("[data-note=waiting]")).to_be_visible()
    # Somebody else signs in in another tab; this one was asleep.
    await ChatPage.of(context, other)
    await context.set_offline(False)
    room = page.page.locator("#room")
    await expect(room).not_to_have_attribute("data-person", whose)
    await expect(page.page.get_by_text(own)).to_have_count(0)
    assert stack.rows("SELECT id FROM chat_message WHERE content = ?", own) == []
    # Back again, what waited goes out in its own name.
    # Not in the moment in which the first service worker comes (tests/browser/test_deploying.py).
    await until_kept(page, path="/chat/")
    back = await ChatPage.of(context, person)
    await page.page.close()
    await back.open("/chat/")
    await expect(back.page.locator("#room")).to_have_attribute("data-person", whose)
    await expect(back.questions.locator(".message-body")).to_have_text([own])
    await expect(back.reply("complete")).to_have_count(1)


async def test_the_servers_answer_wins_over_what_is_kept(
    page: ChatPage, context: BrowserContext, person: Person
) -> None:
    path = await seen(page)
    second = await seen(page, "stays")
    person.post(f"{path}delete/")
    answer = await page.page.goto(f"{page.url}{path}")
    assert answer
    assert answer.status == 404
    await page.open(second)
    await context.set_offline(True)
    await page.open(path)
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("You are offline")
    await expect(page.page.locator(".seen-link")).to_have_count(1)
    await context.set_offline(False)
    # It looks again by itself, and gets the server's answer.
    await expect(page.page.locator(".seen-link")).to_have_count(0)
    await expect(page.page.get_by_role("heading", name="not found")).to_be_visible()
    await page.open(second)
    # The session ends elsewhere.
    await context.clear_cookies()
    await page.open(second)
    await expect(page.page.get_by_role("heading", name="Welcome")).to_be_visible()
    await until_paths(page.page, [])
    # What a missing page looks like in the console.
    page.errors.clear()


@pytest.mark.parametrize("where", ["here", "on another device"])
async def test_a_deleted_conversation_leaves_the_device(
    page: ChatPage, context: BrowserContext, person: Person, where: str
) -> None:
    stays = await seen(page, "stays")
    path = await seen(page)
    if where == "here":
        await page.page.locator("#menu summary").click()
        await page.page.locator("#menu [data-act=delete] button").click()
        await expect(page.page.locator(".notice-undo")).to_be_visible()
    else:
        await page.page.goto("about:blank")
        person.post(f"{path}delete/")
        await page.open(stays)
    await page.page.evaluate(
        f"""async (path) => {{
          {FIND}
          while (await find(path)) await new Promise((resolve) => setTimeout(resolve, 50));
        }}""",
        path,
    )
    assert path not in await kept_paths(page.page)
    assert stays in await kept_paths(page.page)
    await context.set_offline(True)
    await page.open(path)
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("You are offline")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_no_state_without_a_connection_breaks_a_rule(
    browser: Browser, person: Person, look: str
) -> None:
    context = await browser.new_context(**LOOKS[look], reduced_motion="reduce")
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    await page.box.fill("hello")
    await page.page.locator("#composer [data-action=send]").click()
    await expect(page.reply("complete")).to_have_count(1)
    await until_kept_whole(page)
    await context.set_offline(True)
    await page.page.reload()
    await expect(page.page.locator("#connection")).not_to_be_empty()
    assert await violations(page.page) == [], "kept"
    await page.box.fill("waits")
    await page.page.locator("#composer [data-action=send]").click()
    await expect(page.questions.last.locator("[data-note=waiting]")).to_be_visible()
    assert await violations(page.page) == [], "waiting"
    await page.open(f"/chat/{uuid.uuid4()}/")
    await expect(page.page.locator(".seen-link")).to_have_count(1)
    assert await violations(page.page) == [], "never seen"


async def test_a_page_says_at_once_that_there_is_no_network(
    page: ChatPage, context: BrowserContext
) -> None:
    await ask(page, "hello")
    await page.page.evaluate(
        """() => {
          const line = document.getElementById("connection");
          let tried = 0;
          WebSocket = class extends WebSocket {
            constructor(...address) {
              super(...address);
              tried += 1;
            }
          };
          window.said = new Promise((resolve) => {
            new MutationObserver(() => resolve({ words: line.textContent, tried }))
              .observe(line, { childList: true, characterData: true, subtree: true });
          });
        }"""
    )
    await context.set_offline(True)
    async with asyncio.timeout(20):
        said = await page.page.evaluate("window.said")
    assert "You are offline" in said["words"]
    # As soon as it knows that the connection is gone: before it tries another one.
    assert said["tried"] == 0
    await context.set_offline(False)
    await expect(page.page.locator("#connection")).to_be_empty()
    await ask(page, "hello again", count=2)


async def test_signing_out_needs_a_connection(page: ChatPage, context: BrowserContext) -> None:
    await until_kept(page, path="/chat/")
    await context.set_offline(True)
    await page.page.locator("#leave button").click()
    await expect(page.page.get_by_role("alert").filter(has_text="Signing out")).to_be_visible()
    await context.set_offline(False)
