"""What is written on a page, and what other pages of the same person do meanwhile."""

import asyncio
import re
import uuid

import pytest
from playwright.async_api import BrowserContext, Locator, Route, expect

from tests.browser.conftest import launched
from tests.browser.device import path_of, seen, until_kept
from tests.browser.pages import ChatPage
from tests.browser.test_conversations import begin, choose, item
from tests.browser.versions import ask, button, follow, lose_connection, place, with_two_versions
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.provider.asking import plan

pytestmark = pytest.mark.browser


def editor(page: ChatPage) -> Locator:
    return page.page.get_by_role("textbox", name="Edit message")


async def look_away(page: ChatPage) -> None:
    """Chromium that is driven takes every tab for visible, and does not say so."""
    await page.page.evaluate(
        "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))"
    )


async def until_nothing_waits(page: ChatPage) -> None:
    """No tab has a message that the server has not acknowledged."""
    async with asyncio.timeout(20):
        await page.page.evaluate(
            """async () => {
              const waits = () => Object.keys(localStorage).some((key) => key.startsWith("outbox"));
              while (waits()) await new Promise((resolve) => setTimeout(resolve, 50));
            }"""
        )


# -- drafts ------------------------------------------------------------------------------


async def test_a_draft_survives_that_another_tab_is_looked_at(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    await ask(page, "hello")
    # On the same instance: what is kept is the browser's, by address.
    second = await ChatPage.of(context, person)
    await page.page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    path = path_of(page)
    await second.open(path)
    await expect(second.questions).to_have_count(1)
    await page.box.press_sequentially("half a thought")
    await page.open("/chat/")
    await look_away(second)
    await page.open(path)
    await expect(page.box).to_have_value("half a thought")
    # The second one goes, its box still empty.
    await second.open("/settings/")
    await page.page.reload()
    await expect(page.box).to_have_value("half a thought")


# -- what waits --------------------------------------------------------------------------


# What /chat/ does when it has loaded waits until it is called.
LATE = """
  if (location.pathname === "/chat/") {
    const listen = window.addEventListener;
    window.addEventListener = (name, ...more) => {
      if (name === "load") window.loadedLate = more[0];
      else listen.call(window, name, ...more);
    };
  }
"""


@pytest.mark.parametrize("is_late", [False, True], ids=["as it stood", "left while it loaded"])
async def test_what_waits_goes_out_once_from_a_page_that_is_gone_back_to(
    person: Person, stack: Stack, is_late: bool
) -> None:
    async with launched(without=("--disable-back-forward-cache",)) as browser:
        context = await browser.new_context()
        page = await ChatPage.of(context, person)
        # The first service worker takes no page back that it was not in charge of.
        path = await seen(page, "hello")
        if is_late:
            await page.page.add_init_script(LATE)
        await page.open("/chat/")
        await page.page.evaluate(
            """async () => {
              await navigator.serviceWorker.ready;
              while (!navigator.serviceWorker.controller) {
                await new Promise((resolve) => setTimeout(resolve, 50));
              }
              window.isBack = new Promise((resolve) => {
                addEventListener("pageshow", ({ persisted }) => resolve(persisted));
              });
            }"""
        )
        await page.open(path)
        await expect(page.reply("complete")).to_have_count(1)
        await lose_connection(page, context)
        message = plan(tokens=5)
        await page.send(message)
        await expect(page.questions.last.locator("[data-note=waiting]")).to_be_visible()
        # A page that was only put away is not loaded.
        await page.page.go_back(wait_until="commit")
        assert await page.page.evaluate("window.isBack") is True
        assert stack.requests(message) == []
        if is_late:
            await page.page.evaluate("window.loadedLate()")
        await context.set_offline(False)
        await until_nothing_waits(page)
        await expect(page.questions).to_have_count(0)
        await page.open(path)
        await expect(page.questions).to_have_count(2)
        await expect(page.reply("complete")).to_have_count(2)
        assert len(stack.requests(message)) == 1
        assert page.errors == []


async def test_two_new_conversations_that_closed_tabs_left_begin_each_its_own(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    await until_kept(page, path="/chat/")
    await context.set_offline(True)
    messages = [f"Begun offline {uuid.uuid4().hex[:8]}" for _ in range(2)]
    # Both live while they are written in: the second would take over what a first had left.
    tabs = [await ChatPage.of(context, person) for _ in messages]
    for tab, message in zip(tabs, messages, strict=True):
        await tab.open("/chat/")
        await tab.send(message)
        await expect(tab.questions.locator("[data-note=waiting]")).to_be_visible()
        await expect(tab.questions.locator(".message-body")).to_have_text([message])
    await page.page.goto("about:blank")
    for tab in tabs:
        await tab.page.close()
        assert tab.errors == []
    await context.set_offline(False)
    await page.open("/chat/")
    await expect(page.reply("complete")).to_have_count(1)
    links = page.page.locator("#conversations .conversation-link")
    await expect(links).to_have_count(2)
    assert sorted(await links.all_text_contents()) == sorted(messages)
    await until_nothing_waits(page)
    await expect(page.questions).to_have_count(1)
    await expect(page.replies).to_have_count(1)
    await expect(page.page.locator("#messages [data-delivery]")).to_have_count(0)
    await expect(page.stop_button).to_have_count(0)
    shown = await page.questions.locator(".message-body").inner_text()
    current = page.page.locator("#conversations [aria-current=page]")
    await expect(current).to_have_text(shown)
    # The other one is as whole.
    await links.filter(has_not_text=shown).click()
    await expect(page.questions.locator(".message-body")).not_to_have_text(shown)
    await expect(page.questions).to_have_count(1)
    await expect(page.reply("complete")).to_have_count(1)
    assert [len(stack.requests(message)) for message in messages] == [1, 1]


# -- what is being edited ----------------------------------------------------------------


async def test_an_edit_waits_in_its_box_while_another_tabs_answer_is_made(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    await ask(page, "hello")
    second = await follow(page, context, person, stack)
    await page.box.press("ArrowUp")
    message = plan(tokens=5)
    await editor(page).fill(message)
    await second.send(plan(tokens=3000, rate=30))
    await expect(page.stop_button).to_be_visible()
    await editor(page).press("Enter")
    await expect(editor(page)).to_be_focused()
    await expect(editor(page)).to_have_value(message)
    await second.stop()
    await expect(page.stop_button).to_have_count(0)
    await expect(editor(page)).to_have_value(message)
    await editor(page).press("Enter")
    await expect(editor(page)).to_have_count(0)
    await expect(place(page.questions.first)).to_have_text("2/2")
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.questions.locator(".message-body")).to_have_text([message])
    assert len(stack.requests(message)) == 1
    assert second.errors == []


async def test_an_edit_comes_into_the_message_box_when_its_message_leaves_the_page(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    await with_two_versions(page)
    await ask(page, "And then?", 2)
    second = await follow(page, context, person, stack)
    await page.box.press("ArrowUp")
    await editor(page).fill("And then, in winter?")
    await button(second.replies.first, "Previous version").click()
    await expect(place(page.replies.first)).to_have_text("1/2")
    await expect(page.questions).to_have_count(1)
    await expect(page.box).to_have_value("And then, in winter?")
    await expect(page.box).to_be_focused()
    await expect(editor(page)).to_have_count(0)
    # It is a draft like any other.
    await page.page.reload()
    await expect(page.box).to_have_value("And then, in winter?")
    assert second.errors == []


async def test_an_edit_is_not_lost_with_what_gives_way_to_another_version(page: ChatPage) -> None:
    await ask(page, "hello")
    await ask(page, "And then?", 2)
    await page.box.press("ArrowUp")
    await editor(page).fill("And then, in winter?")
    await page.replies.first.hover()
    await button(page.replies.first, "Regenerate").click()
    await expect(page.box).to_have_value("And then, in winter?")
    await expect(place(page.replies.first)).to_have_text("2/2")
    await expect(editor(page)).to_have_count(0)


# -- the list ----------------------------------------------------------------------------


async def test_a_title_that_is_being_written_stays_when_the_list_is_read_anew(
    page: ChatPage, context: BrowserContext, person: Person
) -> None:
    other = await begin(page, "What is granite?")
    await begin(page, "Where do rivers begin?")
    asked: list[str] = []
    page.page.on("request", lambda request: asked.append(request.url))
    await choose(page.page, "Where do rivers begin?", "Rename")
    box = page.page.get_by_role("textbox", name="Rename")
    await box.fill("Spri")
    await lose_connection(page, context)
    person.post(f"{other}rename/", title="Stones")
    async with page.page.expect_request_finished(lambda sent: "/chat/list/" in sent.url):
        await context.set_offline(False)
    await box.press_sequentially("ngs")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("Springs")
    assert not [url for url in asked if url.endswith("/rename/")]
    listed, renamed = asyncio.Event(), asyncio.Event()

    async def come_late(route: Route) -> None:
        response = await route.fetch()
        listed.set()
        await renamed.wait()
        await route.fulfill(response=response)

    async def rename_after(route: Route) -> None:
        await listed.wait()
        await route.continue_()

    # The list was made before the new title was there, and comes after it.
    await page.page.route("**/chat/list/*", come_late)
    await page.page.route("**/rename/", rename_after)
    await box.press("Enter")
    await expect(page.page.locator("#title")).to_have_text("Springs")
    renamed.set()
    # And what the list was read anew for.
    await expect(item(page.page, "Stones")).to_be_visible()
    await expect(item(page.page, "Springs")).to_be_visible()
    assert len([url for url in asked if url.endswith("/rename/")]) == 1


async def test_a_menu_that_is_open_while_the_list_is_read_anew_still_renames(
    page: ChatPage, context: BrowserContext, person: Person
) -> None:
    other = await begin(page, "What is granite?")
    await begin(page, "Where do rivers begin?")
    await lose_connection(page, context)
    person.post(f"{other}rename/", title="Stones")
    await item(page.page, "Where do rivers begin?").hover()
    await item(page.page, "Where do rivers begin?").get_by_role("button", name="Options").click()
    await context.set_offline(False)
    await expect(item(page.page, "Stones")).to_be_visible()
    await page.page.locator("#item-menu").get_by_role("button", name="Rename").click()
    box = page.page.get_by_role("textbox", name="Rename")
    await expect(box).to_have_value("Where do rivers begin?")
    await box.fill("Springs")
    await box.press("Enter")
    await expect(page.page.locator("#title")).to_have_text("Springs")
    await expect(item(page.page, "Springs")).to_be_visible()
