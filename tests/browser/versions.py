"""Versions as they stand on the page, and a second tab that looks on."""

import re

from playwright.async_api import BrowserContext, Locator, expect

from tests.browser.pages import ChatPage
from tests.flow.people import Person
from tests.flow.stack import Stack


async def ask(page: ChatPage, message: str, replies: int = 1) -> None:
    """Send a message, and wait until so many replies are complete."""
    await page.send(message)
    await expect(page.reply("complete")).to_have_count(replies)


def place(message: Locator) -> Locator:
    """Which version of how many it is."""
    return message.locator(".versions-place")


def button(message: Locator, name: str) -> Locator:
    return message.get_by_role("button", name=name, exact=True)


async def with_two_versions(page: ChatPage) -> None:
    """A conversation whose answer has two, the second one shown."""
    await ask(page, '{"tokens": 3}')
    await page.replies.first.hover()
    await button(page.replies.first, "Regenerate").click()
    await expect(place(page.replies.first)).to_have_text("2/2")
    await expect(page.reply("complete")).to_have_count(1)


async def lose_connection(page: ChatPage, context: BrowserContext) -> None:
    """Offline, and the page knows it."""
    connection = page.page.locator("#connection")
    # Going offline closes what stands; a handshake that is under way comes through all the same.
    await expect(connection).to_have_attribute("data-open", "")
    await context.set_offline(True)
    await expect(connection).not_to_be_empty()


async def follow(page: ChatPage, context: BrowserContext, person: Person, stack: Stack) -> ChatPage:
    """A second tab on another instance, with the same conversation."""
    await page.page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    second = await ChatPage.of(context, person, stack.webs[1])
    await second.open(page.page.url.removeprefix(page.url))
    # An open socket: what comes now is heard.
    await expect(second.replies).to_have_count(await page.replies.count())
    return second
