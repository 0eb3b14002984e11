"""People at their sockets: send, listen, and note when what came."""

import asyncio
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from tests.provider import stamps_in, text_for, without_stamps

REPLY_SECONDS = 60.0

# Streams do not all start in the same instant; the acknowledgements are measured for that.
START_SPREAD_SECONDS = 1.0


@dataclass(slots=True)
class Heard:
    """One reply as its reader saw it; times in nanoseconds of the monotonic clock."""

    message: str
    sent: int = 0
    acknowledged: int = 0
    ended: int = 0
    frames: int = 0
    stamps: list[int] = field(default_factory=list)
    delays: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    closing: str = ""

    @property
    def is_right(self) -> bool:
        """Whether it ended well, with the very text that the provider sent."""
        text = without_stamps("".join(self.texts))
        return self.closing == "end" and text == text_for(self.message)


class Person:
    """One socket, one reply at a time, each in a new conversation."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def ask(self, message: str) -> Heard:
        """Send and listen to the end. Raises TimeoutError."""
        heard = Heard(message)
        frame = {
            "type": "chat",
            "message": message,
            "conversation_id": None,
            "client_id": uuid.uuid4().hex,
            "stream": True,
        }
        heard.sent = time.monotonic_ns()
        async with asyncio.timeout(REPLY_SECONDS):
            await self._socket.send_str(json.dumps(frame))
            while not heard.closing:
                text = await self._socket.receive_str()
                self._hear(heard, time.monotonic_ns(), orjson.loads(text))
        return heard

    def _hear(self, heard: Heard, now: int, frame: dict[str, Any]) -> None:
        if frame["type"] == "error":
            raise RuntimeError(f"refused: {frame['code']}")
        if frame["type"] != "stream":
            return
        match frame["chunk_type"]:
            case "token":
                content = frame["content"]
                heard.frames += 1
                heard.texts.append(content)
                stamps = stamps_in(content)
                heard.stamps += stamps
                heard.delays += [now - stamp for stamp in stamps]
            case "start":
                heard.acknowledged = now
            case "end" | "error" as closing:
                heard.ended = now
                heard.closing = closing

    async def leave(self) -> None:
        await self._socket.close()


class Crowd:
    """Many people, connected while the context is entered."""

    def __init__(self, port: int, cookies: list[str]) -> None:
        self._url = f"ws://127.0.0.1:{port}/ws/chat/"
        self._headers = {"Origin": f"http://127.0.0.1:{port}"}
        self._cookies = cookies
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        self.people: list[Person] = []

    async def __aenter__(self) -> "Crowd":
        for cookie in self._cookies:
            headers = self._headers | {"Cookie": cookie}
            socket = await self._session.ws_connect(self._url, headers=headers, max_msg_size=0)
            self.people.append(Person(socket))
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(person.leave() for person in self.people))
        await self._session.close()

    async def ask(self, messages: list[str], *, spread: float = 0) -> list[Heard]:
        """As many people as messages, each sending one within ``spread`` seconds."""
        people = self.people[: len(messages)]
        dice = random.Random(len(messages))
        starts = [dice.uniform(0, spread) for _ in messages]

        async def one(person: Person, message: str, start: float) -> Heard:
            await asyncio.sleep(start)
            return await person.ask(message)

        return await asyncio.gather(*map(one, people, messages, starts))


def messages(count: int, *, tokens: int, rate: float, run: int = 0) -> list[str]:
    """What is asked: each its own text, the tokens of all not in step."""
    dice = random.Random(count)
    return [
        json.dumps(
            {
                "tokens": tokens,
                "rate": rate,
                "seed": 1000 * run + number,
                "delay": round(dice.uniform(0, 0.05), 3),
                "stamp": True,
            }
        )
        for number in range(count)
    ]
