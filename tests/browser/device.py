"""What is kept on the device of somebody's browser, and web processes that go and come back."""

import asyncio

from playwright.async_api import Page, expect

from tests.browser.pages import ChatPage
from tests.flow.stack import Stack, Web

UNTIL_SECONDS = 60
OWN_WORDS = "What is only mine"


def path_of(page: ChatPage) -> str:
    return page.page.url.removeprefix(page.url)


# Looked into without opening it: a cache that is taken away in this moment would be made anew.
FIND = """
  const find = async (path) => {
    const cacheName = (await caches.keys()).find((each) => each.startsWith("pages "));
    return cacheName && caches.match(path, { cacheName });
  };
"""


async def until_true(page: Page, condition: str, arg: object = None) -> None:
    """What this function says there; Playwright's own waiting is against the page's policy."""
    looking = f"""async (arg) => {{
      while (!(await ({condition})(arg))) await new Promise((resolve) => setTimeout(resolve, 50));
    }}"""
    async with asyncio.timeout(UNTIL_SECONDS):
        await page.evaluate(looking, arg)


async def until_kept(page: ChatPage, *, path: str | None = None, words: str = "") -> None:
    """The page is on the device, in a version in which these words stand."""
    condition = f"""async ([path, words]) => {{
      {FIND}
      const kept = await find(path);
      return kept && (await kept.text()).includes(words);
    }}"""
    await until_true(page.page, condition, [path or path_of(page), words])


async def until_kept_whole(page: ChatPage) -> None:
    """The page is on the device with its last answer complete."""
    message_id = await page.replies.last.get_attribute("data-message-id")
    words = f'data-role="assistant" data-status="complete" data-message-id="{message_id}"'
    await until_kept(page, words=words)


async def ask(page: ChatPage, text: str, *, count: int = 1) -> None:
    """Send a message, and wait until so many replies are complete."""
    await page.send(text)
    await expect(page.reply("complete")).to_have_count(count)


async def seen(page: ChatPage, text: str = OWN_WORDS) -> str:
    """A conversation that was had here, and is on the device as it is; gives its path."""
    await page.open("/chat/")
    await ask(page, text)
    await until_kept_whole(page)
    await until_kept(page, path="/chat/")
    return path_of(page)


def kill(web: Web) -> None:
    web.running.process.kill()
    web.running.status()


def come_back(stack: Stack, web: Web) -> None:
    stack.begin_again(web)
    web.wait_ready()
