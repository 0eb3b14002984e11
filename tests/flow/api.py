"""Programs that talk to a stack over HTTP: JSON and server-sent events."""

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from tests.flow.people import RECEIVE_SECONDS, Person
from tests.flow.stack import Web

Data = dict[str, Any]
# An id that nothing has.
NOBODYS = uuid.UUID(int=7)


class Program:
    """A page's script: a person's session, and the token that its page has."""

    def __init__(self, person: Person, web: Web | None = None) -> None:
        self.person = person
        self.url = f"{(web or person.stack.webs[0]).url}/api/v1"
        page = person.get("/chat/", web)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        cookies = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
        self.headers = {"Cookie": cookies, "X-CSRFToken": token[1]}

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return httpx2.get(f"{self.url}/{path}", headers=self.headers | headers, timeout=60)

    def post(self, path: str, **fields: Any) -> httpx2.Response:
        return httpx2.post(f"{self.url}/{path}", json=fields, headers=self.headers, timeout=60)

    def refused(self, method: str, path: str, **options: Any) -> tuple[int, str]:
        """Status and code of a refusal, in the shape that all have."""
        options["headers"] = self.headers | options.get("headers", {})
        response = httpx2.request(method, f"{self.url}/{path}", timeout=60, **options)
        assert response.headers["content-type"] == "application/json", response.text
        (error,) = response.json().values()
        assert error.keys() == {"code", "message"}
        assert error["message"]
        return response.status_code, error["code"]

    @asynccontextmanager
    async def sends(
        self, message: str, path: str = "chat/stream", **more: Any
    ) -> AsyncIterator["EventReader"]:
        """The events of the reply to a message."""
        async with (
            _client() as client,
            client.stream(
                "POST",
                f"{self.url}/{path}",
                json={"message": message, **more},
                headers=self.headers,
            ) as response,
        ):
            yield EventReader(response)

    @asynccontextmanager
    async def follows(
        self, message_id: str, query: str = "", **headers: str
    ) -> AsyncIterator["EventReader"]:
        """The events of a reply."""
        url = f"{self.url}/messages/{message_id}/stream{query}"
        async with (
            _client() as client,
            client.stream("GET", url, headers=self.headers | headers) as response,
        ):
            yield EventReader(response)


def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(timeout=RECEIVE_SECONDS)


class EventReader:
    """Reads events as the standard says; keeps the raw lines, too."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.lines: list[str] = []
        self.events: list[Data] = []
        # As a browser keeps it, to come back with.
        self.last_id: str = ""
        self.raw: list[str] = []
        self._coming = response.aiter_lines()

    async def next(self) -> Data | None:
        """The next event's data; None at the end of the stream."""
        data: list[str] = []
        async with asyncio.timeout(RECEIVE_SECONDS):
            async for line in self._coming:
                self.lines.append(line)
                name, _, value = line.partition(": ")
                if name == "data":
                    data.append(value)
                elif name == "id":
                    self.last_id = value
                elif not line and data:
                    self.raw.append("\n".join(data))
                    if self.raw[-1] == "[DONE]":
                        return {"type": "done"}
                    event: Data = json.loads(self.raw[-1])
                    self.events.append(event | {"id": self.last_id})
                    return self.events[-1]
        return None

    async def until(self, condition: Callable[[Data], object]) -> Data:
        """The next event that fulfils a condition."""
        while event := await self.next():
            if condition(event):
                return event
        raise AssertionError(self.lines[-5:])

    async def token(self) -> Data:
        return await self.until(lambda event: event["type"] == "token")

    async def rest(self) -> list[Data]:
        """Read to the end; gives all events."""
        while await self.next():
            pass
        return self.events

    @property
    def text(self) -> str:
        """The text since the last reset."""
        parts: list[str] = []
        for event in self.events:
            if event["type"] == "token":
                parts.append(event["content"])
            elif event["type"] == "reset":
                parts.clear()
        return "".join(parts)

    @property
    def ids(self) -> list[int]:
        return [int(event["id"]) for event in self.events]
