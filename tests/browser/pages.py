"""The chat page as a person uses it."""

import json
from typing import Self
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.flow.people import Person
from tests.flow.stack import Web

# What a browser reports by itself when a connection is lost.
LOST = (
    "WebSocket connection to",
    "net::ERR_",
    "An unknown error occurred when fetching the script.",  # the service worker's update
)
WAIT_MS = 20_000

expect.set_options(timeout=WAIT_MS)


class ChatPage:
    """One tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_default_timeout(WAIT_MS)

    @classmethod
    async def of(cls, context: BrowserContext, person: Person, web: Web | None = None) -> Self:
        """A new tab with that person's session."""
        url = (web or person.stack.webs[0]).url
        host = urlsplit(url).hostname or ""
        await context.add_cookies(
            [
                {
                    "name": "sessionid",
                    "value": person.http.cookies["sessionid"],
                    "domain": host,
                    "path": "/",
                }
            ]
        )
        return cls(await context.new_page(), url)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in LOST):
            self.errors.append(message.text)

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self.url}{path}")

    async def settled(self) -> None:
        """Its connection stands, and the first service worker has come.

        Chromium sometimes never answers a page that is opened in the moment in which it comes.
        """
        await expect(self.page.locator("#connection")).to_have_attribute("data-open", "")
        await self.page.evaluate(
            """async () => {
              const { serviceWorker } = navigator;
              if (serviceWorker.controller) return;
              await new Promise((come) => {
                serviceWorker.addEventListener("controllerchange", come, { once: true });
              });
            }"""
        )

    # -- what is there -------------------------------------------------------------------

    @property
    def box(self) -> Locator:
        return self.page.locator("#message")

    @property
    def questions(self) -> Locator:
        return self.page.locator("#messages .message[data-role=user]")

    @property
    def replies(self) -> Locator:
        return self.page.locator("#messages .message[data-role=assistant]")

    def reply(self, status: str) -> Locator:
        return self.page.locator(f"#messages .message[data-role=assistant][data-status={status}]")

    @property
    def stop_button(self) -> Locator:
        return self.page.locator("#composer [data-action=stop]")

    async def saved_text(self) -> str:
        """The last reply's exact text, as the server put it into a page that is loaded anew."""
        await self.page.reload()
        stored = await self.replies.last.get_attribute("data-text")
        return str(json.loads(stored or '""'))

    # -- what a person does --------------------------------------------------------------

    async def send(self, text: str) -> None:
        await self.box.fill(text)
        await self.box.press("Enter")

    async def stop(self) -> None:
        await self.stop_button.click()


async def shown_text(place: Locator) -> str:
    """All words as they stand there, also what is too far away for the browser to lay it out."""
    text: str = await place.evaluate(
        """async (place) => {
          // The typesetter is loaded with the first formula.
          while (place.querySelector("code.math")) await new Promise(requestAnimationFrame);
          for (const one of place.querySelectorAll("*")) one.style.contentVisibility = "visible";
          return place.innerText;
        }"""
    )
    return " ".join(text.split())


async def is_wider_than_its_window(page: Page) -> bool:
    """It has to be scrolled sideways."""
    return bool(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))
