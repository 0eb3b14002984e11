"""A new version of the app takes over; pages kept before it open with their own files."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Error, expect

from tests.browser.device import ask, come_back, kill, seen, until_kept
from tests.browser.pages import WAIT_MS, ChatPage
from tests.flow.people import Person
from tests.flow.stack import Stack

pytestmark = pytest.mark.browser


def deploy(stack: Stack) -> None:
    """A stylesheet changes: a new name in, the old file away, and the web process anew."""
    folder = stack.folder / "var" / "static"
    manifest = folder / "staticfiles.json"
    names = json.loads(manifest.read_text())
    old = Path(names["paths"]["css/chat.css"])
    new = old.with_name(f"chat.{uuid.uuid4().hex[:12]}.css")
    text = (folder / old).read_text()
    (folder / new).write_text(f"{text}\n:root {{ --deployed: 1; }}\n")
    for one in folder.glob(f"{old}*"):
        one.unlink()
    names["paths"]["css/chat.css"] = str(new)
    manifest.write_text(json.dumps(names))
    kill(stack.webs[0])
    come_back(stack, stack.webs[0])


async def shells(page: ChatPage) -> list[str]:
    names = await page.page.evaluate("caches.keys()")
    return [name for name in names if name.startswith("files ")]


async def until_shells(page: ChatPage, count: int, *, without: str = "") -> None:
    async with asyncio.timeout(WAIT_MS / 1000):
        while True:
            # The page may be loaded anew meanwhile.
            with contextlib.suppress(Error):
                names = await shells(page)
                if len(names) == count and without not in names:
                    return
            await asyncio.sleep(0.05)


async def leave(page: ChatPage) -> None:
    """Leave the app, and wait until no version of it is on its way any more.

    A version's cache is there before all files are in it, and then Chromium may wait until no page
    is open. A page that is loaded in the very moment of the change is sometimes never answered,
    though only where DevTools watch: 40 changes without them held up none.
    """
    states: dict[str, str] = {}
    news = asyncio.Event()

    def note(told: dict[str, list[dict[str, str]]]) -> None:
        states.update({one["versionId"]: one["status"] for one in told["versions"]})
        news.set()

    tools = await page.page.context.new_cdp_session(page.page)
    tools.on("ServiceWorker.workerVersionUpdated", note)
    await tools.send("ServiceWorker.enable")
    await page.page.goto("about:blank")
    async with asyncio.timeout(WAIT_MS / 1000):
        while not {"activated"} <= set(states.values()) <= {"activated", "redundant"}:
            news.clear()
            await news.wait()
    await tools.detach()


async def test_a_new_version_takes_over_and_the_old_one_goes(
    own_stack: Callable[..., Stack], context: BrowserContext
) -> None:
    stack = own_stack(webs=0, DEBUG="0")
    assert stack.run("manage.py", "collectstatic", "--noinput").status(seconds=60) == 0
    stack.begin_web().wait_ready()
    page = await ChatPage.of(context, Person(stack, "somebody"))
    path = await seen(page)
    (old,) = await shells(page)
    deploy(stack)
    # The open page is not broken, and finds the new version by itself.
    await ask(page, "still here", count=2)
    await until_shells(page, 2)
    # What was kept before has its own files until it is seen again.
    await until_kept(page, words="still here")
    await leave(page)
    await page.open("/chat/")
    await until_shells(page, 1, without=old)
    await context.set_offline(True)
    await page.open(path)
    await expect(page.questions).to_have_count(2)
    deployed = "getComputedStyle(document.documentElement).getPropertyValue('--deployed')"
    assert (await page.page.evaluate(deployed)).strip() == "1"
    assert page.errors == []


async def test_a_page_of_an_earlier_version_opens_with_its_own_files(
    own_stack: Callable[..., Stack], context: BrowserContext
) -> None:
    stack = own_stack(webs=0, DEBUG="0")
    assert stack.run("manage.py", "collectstatic", "--noinput").status(seconds=60) == 0
    stack.begin_web().wait_ready()
    page = await ChatPage.of(context, Person(stack, "somebody"))
    path = await seen(page)
    await leave(page)
    deploy(stack)
    await page.open("/chat/")
    await until_shells(page, 2)
    await leave(page)
    kill(stack.webs[0])
    await page.open(path)
    await expect(page.questions).to_have_count(1)
    await expect(page.page.locator("body")).to_have_css("display", "grid")
    # And is the new version's when that can be reached.
    come_back(stack, stack.webs[0])
    # Not after the next of ever rarer attempts, but now.
    await page.page.evaluate("dispatchEvent(new Event('online'))")
    await until_shells(page, 1)
    assert page.errors == []
