"""One request to the mock provider being answered, or failed in the planned way."""

import asyncio
import random
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from tests.provider.pacer import pace
from tests.provider.plan import Plan
from tests.provider.text import rest_of, stamped, tokens_of
from tests.provider.wire import Wire

End = Literal["", "complete", "closed by client", "fault"]


@dataclass(slots=True)
class Record:
    """One request and how it ended. Times are monotonic seconds, the same clock everywhere."""

    id: int
    protocol: str
    model: str
    messages: list[dict[str, Any]]
    body: dict[str, Any]
    headers: dict[str, str] = field(repr=False)
    peer: str
    started: float
    tokens_sent: int = 0
    end: End = ""
    ended: float = 0

    @property
    def prefix(self) -> str:
        """What the answer is to begin with: a server that continues is given it last."""
        last = self.messages[-1] if self.messages else {}
        if not self.body.get("continue_final_message") or last.get("role") != "assistant":
            return ""
        return str(last["content"])

    @property
    def message(self) -> str:
        """The last user message's text."""
        return next((m["content"] for m in reversed(self.messages) if m["role"] == "user"), "")


class Exchange:
    """Answers one request by its plan."""

    def __init__(self, request: web.Request, record: Record, plan: Plan, wire: Wire) -> None:
        self.request = request
        self.record = record
        self.plan = plan
        self.wire = wire
        self.dice = random.Random(f"split:{plan.seed}")
        self.response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-cache",
            }
        )

    async def run(self, forever: asyncio.Event) -> web.StreamResponse:
        plan = self.plan
        if plan.fault == "refuse":
            self._abort()
            await forever.wait()
        if plan.fault == "silence":
            await forever.wait()
        if self.record.prefix and not plan.continues:
            body = self.wire.error(400, "", "no prefix, please")
            return web.json_response(body, status=400)
        if plan.fault in ("status", "html", "json"):
            return self._document()
        await self.response.prepare(self.request)
        tokens = rest_of(tokens_of(plan, self.record.message), self.record.prefix)
        cut = min(plan.at, len(tokens)) if plan.fault else 0
        await self._write(self.wire.head())
        if plan.delay:
            await asyncio.sleep(plan.delay)
        await self._say(tokens[:cut])
        if plan.fault:
            await self._fault(forever)
            if plan.fault in ("eof", "error"):
                return self.response
        await self._say(tokens[cut:])
        await self._write(self.wire.tail())
        if plan.linger:
            await asyncio.sleep(plan.linger)
        await self.response.write_eof()
        self.record.end = "complete"
        return self.response

    def _document(self) -> web.Response:
        plan = self.plan
        headers = {"Retry-After": plan.retry_after} if plan.retry_after else {}
        if plan.fault == "html":
            page = "<!doctype html><title>Bad gateway</title><p>secret prompt"
            return web.Response(
                text=page, status=plan.status, content_type="text/html", headers=headers
            )
        if plan.fault == "json":
            return web.json_response({"choices": [{"message": {"content": "Hello"}}]})
        # Real providers quote the request in some of their messages.
        text = f"refused: sk-secret-key {self.record.message}"
        body = self.wire.error(plan.status, plan.error, text)
        return web.json_response(body, status=plan.status, headers=headers)

    async def _fault(self, forever: asyncio.Event) -> None:
        match self.plan.fault:
            case "stall":
                await forever.wait()
            case "cut":
                self._abort()
                await forever.wait()
            case "close":
                assert self.request.transport is not None
                self.record.end = "fault"
                self.request.transport.close()
                await forever.wait()
            case "error":
                await self._write([self.wire.error_event()])
            case "garbage":
                await self._write([self.wire.raw(b"<html>secret prompt")])
            case "shape":
                await self._write([self.wire.raw(b'{"choices":[["secret prompt"]],"delta":7}')])
            case "utf8":
                token = self.wire.token("x\u00e9y").replace("\u00e9".encode(), b"\xc3\x28")
                await self._write([token])

    def _abort(self) -> None:
        assert self.request.transport is not None
        self.record.end = "fault"
        # Without lingering the peer gets a reset instead of an orderly end.
        self.request.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.request.transport.abort()

    async def _say(self, tokens: list[str]) -> None:
        pieces = map(self._token, tokens)
        if not self.plan.rate:
            for number, piece in enumerate(pieces):
                await self._write([piece])
                self._count()
                if number % 64 == 63:
                    # Other requests have their turn, whatever this reader's buffers hold.
                    await asyncio.sleep(0)
            return
        transport = self.request.transport
        assert transport is not None
        await pace(transport, pieces, interval=1 / self.plan.rate, sent=self._count)

    def _token(self, token: str) -> bytes:
        piece = self.wire.token(stamped(token) if self.plan.stamp else token)
        return b": keep-alive\n\n" + piece if self.plan.comments else piece

    def _count(self) -> None:
        self.record.tokens_sent += 1

    async def _write(self, pieces: Iterable[bytes]) -> None:
        data = b"".join(pieces)
        if not self.plan.split:
            await self.response.write(data)
            return
        while data:
            size = self.dice.choice((1, 2, 3, 7, 40, 400))
            await self.response.write(data[:size])
            data = data[size:]
            # Lets the reader see the piece by itself.
            await asyncio.sleep(0)
