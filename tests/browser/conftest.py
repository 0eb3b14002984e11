"""A real Chromium, and people who sit in front of it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.browser.pages import ChatPage
from tests.flow.people import Person

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def launched(without: tuple[str, ...] = ()) -> AsyncIterator[Browser]:
    """A browser, without these flags of those that Playwright gives it by itself."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium found: install the package chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=FLAGS, ignore_default_args=without
        )
        yield browser
        await browser.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with launched() as chromium:
        yield chromium


@pytest.fixture
async def context(browser: Browser) -> BrowserContext:
    """Signed out; closed with the browser."""
    return await browser.new_context(viewport={"width": 1280, "height": 800})


@pytest.fixture
async def page(context: BrowserContext, person: Person) -> AsyncIterator[ChatPage]:
    """The chat page of a person who is signed in; no error may appear in its console."""
    chat = await ChatPage.of(context, person)
    await chat.open("/chat/")
    await chat.settled()
    yield chat
    assert chat.errors == []
