"""The installation in front of which the pictures are taken, and the browser that takes them."""

import re
from contextlib import suppress
from pathlib import Path

import httpx2
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from scripts.screenshots.table import Look, State
from tests.flow.people import Person
from tests.flow.stack import Stack

PASSWORD = "river 1 stone"
SIGN_IN = "/sign-in/"
WAIT_MS = 20_000

expect.set_options(timeout=WAIT_MS)


class Scene:
    """One installation with what was said before."""

    def __init__(self, stack: Stack, browser: Browser) -> None:
        self._browser = browser
        self.stack = stack
        self.url = stack.webs[0].url
        person = Person(stack, "guest")
        seeded = stack.run("-m", "scripts.screenshots.seed")
        if seeded.status(seconds=60) != 0:
            raise RuntimeError(seeded.printed)
        lines = [line.split() for line in seeded.printed.splitlines() if line.count(" ") == 1]
        self._ids = dict(lines)
        self._seeded = [conversation_id for _, conversation_id in lines]
        self._sessions = {"guest": person.http.cookies["sessionid"], "staff": self._staff()}

    def _staff(self) -> str:
        with httpx2.Client(base_url=self.url, timeout=20) as client:
            token = re.search(
                r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(SIGN_IN).text
            )
            assert token
            form = {"csrfmiddlewaretoken": token[1], "username": "staff", "password": PASSWORD}
            client.post(SIGN_IN, data=form)
            return client.cookies["sessionid"]

    async def shoot(self, state: State, look: Look, path: Path) -> None:
        """Bring a new page into the state, and take its picture."""
        context = await self._context(state, look)
        try:
            page = await context.new_page()
            page.set_default_timeout(WAIT_MS)
            await state.reach(self, page)
            await page.screenshot(path=path, animations="disabled", timeout=WAIT_MS)
            await page.unroute_all(behavior="ignoreErrors")
            with suppress(Exception):
                await self.stop(page)
        finally:
            await context.close()
            self._restore()

    def _restore(self) -> None:
        """Every picture is taken of the same conversations."""
        marks = ",".join("?" * len(self._seeded))
        where = f"UPDATE chat_conversation SET deleted_at = {{}} WHERE id {{}} IN ({marks})"
        self.stack.execute(where.format("NULL", ""), *self._seeded)
        self.stack.execute(where.format("datetime('now', '-1 hour')", "NOT"), *self._seeded)

    async def _context(self, state: State, look: Look) -> BrowserContext:
        context = await self._browser.new_context(
            **look.options,
            java_script_enabled=state.scripts,
            locale=state.language,
            timezone_id="UTC",
        )
        if session := self._sessions.get(state.who):
            await context.add_cookies([{"name": "sessionid", "value": session, "url": self.url}])
        return context

    async def open(self, page: Page, path: str) -> None:
        await page.goto(f"{self.url}{path}")

    async def open_said(self, page: Page, name: str) -> None:
        """The seeded conversation whose title begins with this word."""
        await self.open(page, self.address(name))

    def address(self, name: str) -> str:
        return f"/chat/{self._ids[name]}/"

    async def ask(self, page: Page, question: str) -> None:
        await self.open(page, "/chat/")
        await self.send(page, question)

    async def send(self, page: Page, text: str) -> None:
        await page.locator("#message").fill(text)
        await page.locator("#composer [data-action=send]").click(no_wait_after=True)

    async def stop(self, page: Page) -> None:
        """Nothing goes on behind the next picture."""
        button = page.locator("#composer [data-action=stop], .live-bar button")
        if await button.count():
            await button.first.click(timeout=1000, no_wait_after=True)
            await expect(page.locator(".message[data-status=processing]")).to_have_count(0)

    def replies(self, page: Page, status: str = "") -> Locator:
        which = f"[data-status={status}]" if status else ""
        return page.locator(f"#messages .message[data-role=assistant]{which}")

    async def language_is(self, page: Page, language: str) -> bool:
        lang = await page.locator("html").get_attribute("lang") or ""
        return bool(re.match(language, lang))
