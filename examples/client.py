"""Reads answers of Rivulet as they are written, and comes back by itself when something breaks.

Two things make that safe: the `client_id` of the send, with which it never starts a second
answer, and the cursor, the number of the last chunk that came.
"""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

SIGNED_OUT = 4003
FLOOD = 4008
FIRST_SECONDS, LONGEST_SECONDS, FLOOD_SECONDS = 0.4, 15.0, 5.0
# Failures in a row after which nobody is there.
FAILURES_MAX = 20
# The server says something at least every 15 seconds.
SILENCE_SECONDS = 40.0
TRY_AGAIN = (408, 429, 502, 503, 504)


class GaveUp(Exception):
    """Trying again would not help."""


class Again(Exception):
    """Not now; perhaps after so many seconds."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass
class Reply:
    """One answer, and how far it was read."""

    message: str
    client_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    message_id: str = ""
    cursor: int = -1
    failures: int = 0

    def is_new(self, seq: int) -> bool:
        """Whether this chunk has not come before; it has now."""
        if seq <= self.cursor:
            return False
        self.cursor, self.failures = seq, 0
        return True

    async def wait(self, seconds: float = 0.0) -> None:
        """Wait before the next try: half fixed, half random, twice as long each time."""
        self.failures += 1
        if self.failures > FAILURES_MAX:
            raise GaveUp("the server does not answer")
        ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (self.failures - 1))
        await asyncio.sleep(max(seconds, ceiling / 2 + random.uniform(0, ceiling / 2)))


async def ask_by_events(http: aiohttp.ClientSession, reply: Reply) -> AsyncIterator[str | None]:
    """The answer's pieces; None says that everything before is void."""
    while True:
        try:
            if reply.message_id:
                address = f"/api/v1/messages/{reply.message_id}/stream"
                request = http.get(address, headers={"Last-Event-ID": str(reply.cursor)})
            else:
                body = {"message": reply.message, "client_id": reply.client_id}
                request = http.post("/api/v1/chat/stream", json=body)
            async with request as response:
                await check(response)
                if response.status == 204:
                    return
                async for seq, event in events_of(response):
                    # What is told without a number belongs to the reset before it.
                    if seq is not None and not reply.is_new(seq):
                        continue
                    reply.message_id = event.get("message_id", reply.message_id)
                    match event["type"]:
                        case "token":
                            yield event["content"]
                        case "reset":
                            yield None
                        case "complete":
                            return
                        case "error":
                            raise GaveUp(event["content"])
            await reply.wait()
        except Again as again:
            await reply.wait(again.seconds)
        except (aiohttp.ClientError, OSError, TimeoutError):
            await reply.wait()


async def check(response: aiohttp.ClientResponse) -> None:
    """Raises Again where that may help, else GaveUp with what the server says."""
    if response.ok:
        return
    if response.status in TRY_AGAIN:
        raise Again(float(response.headers.get("Retry-After", 0)))
    raise GaveUp(f"{response.status}: {(await response.text())[:300]}")


async def events_of(
    response: aiohttp.ClientResponse,
) -> AsyncIterator[tuple[int | None, dict[str, Any]]]:
    """Each event's number and data; comments only show that the line is alive."""
    seq: int | None = None
    data = ""
    async for line in response.content:
        name, _, value = line.decode().rstrip("\r\n").partition(":")
        if name == "id":
            seq = int(value)
        elif name == "data":
            data += value
        elif not name and not value and data:
            yield seq, json.loads(data)
            seq, data = None, ""


async def ask_by_socket(http: aiohttp.ClientSession, reply: Reply) -> AsyncIterator[str | None]:
    """The same through the WebSocket, which wants a session."""
    while True:
        try:
            async with http.ws_connect("/ws/chat/", heartbeat=20.0, max_msg_size=0) as socket:
                await socket.send_json(first_frame(reply))
                async for message in socket:
                    frame = json.loads(message.data)
                    if frame["type"] == "draining":
                        # Another process answers already: the close that follows need not come.
                        break
                    if frame["type"] == "error" and frame.get("client_id") == reply.client_id:
                        if "retry_after" in frame:
                            raise Again(frame["retry_after"])
                        raise GaveUp(frame["detail"])
                    if frame["type"] == "message" and frame["message"]["id"] == reply.message_id:
                        # Its chunks are kept no longer: this is the whole of it.
                        yield None
                        yield frame["message"]["content"]
                        return
                    if not is_ours(frame, reply) or not reply.is_new(frame["seq"]):
                        continue
                    match frame["chunk_type"]:
                        case "token":
                            yield frame["content"]
                        case "reset":
                            yield None
                        case "end":
                            return
                        case "error":
                            raise GaveUp(frame["content"])
            if socket.close_code == SIGNED_OUT:
                raise GaveUp("the session has ended")
            await reply.wait(FLOOD_SECONDS if socket.close_code == FLOOD else 0.0)
        except Again as again:
            await reply.wait(again.seconds)
        except (aiohttp.ClientError, OSError, TimeoutError):
            # A process that leaves refuses the handshake just as one that wants a session.
            await reply.wait()


def first_frame(reply: Reply) -> dict[str, Any]:
    if reply.message_id:
        return {"type": "resume", "message_id": reply.message_id, "after": reply.cursor}
    return {"type": "chat", "message": reply.message, "client_id": reply.client_id}


def is_ours(frame: dict[str, Any], reply: Reply) -> bool:
    if frame.get("chunk_type") == "start" and frame["metadata"]["client_id"] == reply.client_id:
        reply.message_id = frame["message_id"]
    return bool(frame["type"] == "stream" and frame["message_id"] == reply.message_id)
