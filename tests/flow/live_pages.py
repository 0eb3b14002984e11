"""A page that is held open, read as it comes, as a browser without JavaScript gets it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from html.parser import HTMLParser

import httpx2

from tests.flow.people import RECEIVE_SECONDS, Person
from tests.flow.stack import Web

ATTEMPT = '<div class="live-attempt">'
TEXT = re.compile(r'<div class="live-text(?: live-code)?">(.*?)(?:</div>|\Z)', re.S)
COMMENT = re.compile(r"<!--.*?-->", re.S)
PARTS = 30_000
VOID = {"meta", "link", "input", "br", "hr"}


class LivePage:
    """One response; ``html`` is what has come of it."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.html = ""
        self.parts = 0
        self._coming = response.aiter_text()

    async def until(self, *words: str) -> str:
        """Read until all of these are there."""
        async with asyncio.timeout(RECEIVE_SECONDS):
            while not all(word in self.html for word in words):
                self.html += await anext(self._coming)
                self.parts += 1
        return self.html

    async def begun(self, characters: int = 1) -> None:
        """Read until there is some of the answer."""
        async with asyncio.timeout(RECEIVE_SECONDS):
            while len(self.text) < characters:
                self.html += await anext(self._coming)
                self.parts += 1

    async def whole(self) -> str:
        """Read to the end."""
        async with asyncio.timeout(RECEIVE_SECONDS * 2):
            async for part in self._coming:
                self.html += part
                self.parts += 1
        return self.html

    @property
    def text(self) -> str:
        """The answer's text as it was made, since the last reset."""
        _, *attempts = self.html.split(ATTEMPT)
        if not attempts:
            return ""
        grown, *_ = attempts[-1].split('<p class="live-')
        return unescape("".join(COMMENT.sub("", text) for text in TEXT.findall(grown)))


@asynccontextmanager
async def live_page(
    person: Person, conversation_id: str, web: Web | None = None
) -> AsyncIterator[LivePage]:
    """The page of this conversation, from that web process; it is left with the context."""
    url = f"{(web or person.stack.webs[0]).url}/chat/{conversation_id}/live"
    headers = {"Cookie": person.cookie, "Accept-Encoding": "gzip"}
    async with (
        httpx2.AsyncClient(timeout=RECEIVE_SECONDS) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        yield LivePage(response)


class Balanced(HTMLParser):
    """Fails where an element is closed that is not the open one."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.feed(html)
        assert self.open == [], self.open
        assert len(self.ids) == len(set(self.ids)), "an id is there twice"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Templates are documents of their own.
        if "template" not in self.open:
            self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        # `</p>` and the like may be left out; ours are not.
        assert self.open, tag
        assert self.open.pop() == tag, (tag, self.open)
