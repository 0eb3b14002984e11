"""People who use a stack: signed up through the page, talking through sockets."""

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.flow.stack import Stack, Web

RECEIVE_SECONDS = 30
Frame = dict[str, Any]


class Person:
    """Somebody with an account and a session."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.stack = stack
        self.name = name
        self.http = httpx2.Client(base_url=stack.webs[0].url, timeout=20, follow_redirects=True)
        stack.at_exit(self.http.close)
        self.post("/sign-up/", username=name, password1="river 1 stone", password2="river 1 stone")
        assert "sessionid" in self.http.cookies, "signing up did not sign in"

    def get(self, path: str, web: Web | None = None) -> httpx2.Response:
        return self.http.get(f"{(web or self.stack.webs[0]).url}{path}")

    def post(self, path: str, **fields: str) -> httpx2.Response:
        """Send the form of that page (or of the start page) as a browser does."""
        page = self.http.get(path)
        if page.status_code == 405:
            page = self.http.get("/chat/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, page.text[:500]
        return self.http.post(path, data={"csrfmiddlewaretoken": token[1], **fields})

    @property
    def cookie(self) -> str:
        return f"sessionid={self.http.cookies['sessionid']}"

    @asynccontextmanager
    async def socket(self, web: Web | None = None, **options: Any) -> AsyncIterator["Socket"]:
        """A socket to that web process."""
        place = web or self.stack.webs[0]
        async with connect(
            place.socket_url,
            additional_headers={"Cookie": self.cookie},
            origin=place.url,  # type: ignore[arg-type]
            max_size=None,
            **options,
        ) as connection:
            yield Socket(connection)


class Socket:
    """A client that keeps all frames it has received."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.frames: list[Frame] = []

    async def send(self, **frame: Any) -> None:
        await self.connection.send(json.dumps(frame))

    async def receive(self) -> Frame:
        async with asyncio.timeout(RECEIVE_SECONDS):
            frame: Frame = json.loads(await self.connection.recv())
        self.frames.append(frame)
        return frame

    async def until(self, condition: Callable[[Frame], object]) -> Frame:
        """The next frame that fulfils a condition."""
        while True:
            frame = await self.receive()
            if condition(frame):
                return frame

    async def settled(self) -> None:
        """Until what was sent before has been handled: frames of a socket are, in their order."""
        await self.send(type="ping")
        await self.until(lambda frame: frame["type"] == "pong")

    async def chat(self, message: str, **more: Any) -> Frame:
        """Send a message; gives its acknowledgement."""
        client_id = more.setdefault("client_id", uuid.uuid4().hex)
        more.setdefault("conversation_id", None)
        await self.send(type="chat", message=message, **more)
        return await self.until(
            lambda frame: (
                (frame.get("chunk_type") == "start" and frame["metadata"]["client_id"] == client_id)
                or (frame["type"] == "error" and frame.get("client_id") == client_id)
            )
        )

    async def end(self, message_id: str) -> Frame:
        """The chunk that closes this reply."""
        return await self.until(
            lambda frame: (
                frame.get("message_id") == message_id and frame["chunk_type"] in ("end", "error")
            )
        )

    async def ask(self, message: str, **more: Any) -> Frame:
        """Send a message and wait for the end of its reply."""
        start = await self.chat(message, **more)
        assert start["type"] == "stream", start
        return await self.end(start["message_id"])

    async def token(self, message_id: str) -> Frame:
        """The next token of this reply."""
        return await self.until(
            lambda frame: frame.get("message_id") == message_id and frame["chunk_type"] == "token"
        )

    async def closed(self) -> int:
        """Read until the server closes; gives its close code."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    def chunks(self, message_id: str) -> list[Frame]:
        """All chunks of a reply, in the order in which they came."""
        return [frame for frame in self.frames if frame.get("message_id") == message_id]


def text_of(chunks: list[Frame]) -> str:
    """The text since the last reset."""
    parts: list[str] = []
    for chunk in chunks:
        if chunk["chunk_type"] == "token":
            parts.append(chunk["content"])
        elif chunk["chunk_type"] == "reset":
            parts.clear()
    return "".join(parts)


def assert_in_order(chunks: list[Frame], first: int = 0) -> None:
    """No hole, no repeat, and exactly one end."""
    assert [chunk["seq"] for chunk in chunks] == list(range(first, first + len(chunks)))
    closing = [chunk["chunk_type"] in ("end", "error") for chunk in chunks]
    assert closing == [False] * (len(chunks) - 1) + [True]
