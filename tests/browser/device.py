"""What is kept on the device of somebody's browser, and web processes that go and come back."""

from playwright.async_api import expect

from tests.browser.pages import ChatPage
from tests.flow.stack import Stack, Web

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


async def until_kept(page: ChatPage, *, path: str | None = None, words: str = "") -> None:
    """The page is on the device, in a version in which these words stand."""
    await page.page.evaluate(
        f"""async ([path, words]) => {{
          {FIND}
          for (;;) {{
            const kept = await find(path);
            if (kept && (await kept.text()).includes(words)) return;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }}
        }}""",
        [path or path_of(page), words],
    )


async def ask(page: ChatPage, text: str, *, count: int = 1) -> None:
    """Send a message, and wait until so many replies are complete."""
    await page.send(text)
    await expect(page.reply("complete")).to_have_count(count)


async def seen(page: ChatPage, text: str = OWN_WORDS) -> str:
    """A conversation that was had here, and is on the device as it is; gives its path."""
    await page.open("/chat/")
    await ask(page, text)
    await until_kept(page, words='data-status="complete" data-message-id')
    await until_kept(page, path="/chat/")
    return path_of(page)


def kill(web: Web) -> None:
    web.running.process.kill()
    web.running.status()


def come_back(stack: Stack, web: Web) -> None:
    stack.begin_again(web)
    web.wait_ready()
