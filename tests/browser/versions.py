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


async def follow(page: ChatPage, context: BrowserContext, person: Person, stack: Stack) -> ChatPage:
    """A second tab on another instance, with the same conversation."""
    await page.page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    second = await ChatPage.of(context, person, stack.webs[1])
    await second.open(page.page.url.removeprefix(page.url))
    # An open socket: what comes now is heard.
    await expect(second.replies).to_have_count(await page.replies.count())
    return second
