"""One person floods, another one reads: what the reader's tokens notice.

`python -m benchmarks.flood` measures only this. In one run: a stream alone, then the same while
one person and one address send messages, handshakes and requests as fast as they can.
"""

import asyncio
import itertools
import json
import os
import sys
from collections import Counter
from contextlib import suppress

import aiohttp
import django
import uvloop

from benchmarks.load import Crowd, messages
from benchmarks.processes import Installation
from benchmarks.report import Row, percentile, table

SECONDS = 8
RATE = 20
STREAMS = 5
# Of each kind; each sends again when it has its answer.
FLOODERS = 8
ADDRESS = "203.0.113.66"
# What the flood may add to the stream's 99th percentile.
ADDED_MS_MOST = 50


async def measured(installation: Installation, crowd: Crowd, flooder: str) -> list[Row]:
    """The delays of somebody's tokens without and with the flood, and what became of it."""
    alone = await _delays(crowd, run=40_000)
    flood = Flood(installation.port, flooder)
    async with flood:
        flooded = await _delays(crowd, run=41_000)
    rows = []
    for name, delays in (("alone", alone), ("in a flood", flooded)):
        what = f"{STREAMS} streams, {name}: added latency"
        rows.append(Row(f"{what}, median", percentile(delays, 50), "ms"))
        rows.append(Row(f"{what}, p99", percentile(delays, 99), "ms"))
    added = percentile(flooded, 99) - percentile(alone, 99)
    told = ", ".join(f"{name} {count:,}" for name, count in sorted(flood.told.items()))
    rows.append(
        Row("what a flood adds to p99", max(0.0, added), "ms", most=ADDED_MS_MOST, note=told)
    )
    return rows


async def _delays(crowd: Crowd, run: int) -> list[float]:
    """Milliseconds from the provider's token to its reader."""
    asked = messages(STREAMS, tokens=SECONDS * RATE, rate=RATE, run=run)
    heard = await crowd.ask(asked, spread=0.5)
    assert all(one.is_right for one in heard)
    return [delay / 1e6 for one in heard for delay in one.delays]


class Flood:
    """One person at one address, while the context is entered."""

    def __init__(self, port: int, cookie: str) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._headers = {"Cookie": cookie, "Origin": self._url, "X-Forwarded-For": ADDRESS}
        self._number = itertools.count()
        self._tasks: list[asyncio.Task[None]] = []
        # What was answered, by kind and status or code.
        self.told: Counter[str] = Counter()

    async def __aenter__(self) -> "Flood":
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), headers=self._headers
        )
        # Opened first: the requests use up what their address has.
        sockets = [await self._socket() for _ in range(FLOODERS)]
        ways = [self._messages(socket) for socket in sockets]
        ways += [way() for way in (self._requests, self._handshakes) for _ in range(FLOODERS)]
        self._tasks = [asyncio.create_task(way) for way in ways]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    async def _socket(self) -> aiohttp.ClientWebSocketResponse:
        return await self._session.ws_connect(f"{self._url}/ws/chat/")

    async def _messages(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            frame = {
                "type": "chat",
                "message": '{"tokens": 5}',
                "client_id": f"flood-{next(self._number)}",
            }
            with suppress(aiohttp.ClientError, ConnectionError):
                await socket.send_str(json.dumps(frame))
            told = ""
            while not told:
                message = await socket.receive()
                if message.type is not aiohttp.WSMsgType.TEXT:
                    # Closed as a flood: it comes again, when it is let in.
                    self.told[f"sockets closed {socket.close_code}"] += 1
                    with suppress(aiohttp.ClientError):
                        socket = await self._socket()
                    await asyncio.sleep(0.05)
                    break
                heard = json.loads(message.data)
                if heard["type"] == "error":
                    told = heard["code"]
                elif heard.get("chunk_type") == "start":
                    told = "accepted"
            if told:
                self.told[f"messages {told}"] += 1

    async def _requests(self) -> None:
        while True:
            with suppress(aiohttp.ClientError):
                async with self._session.get(f"{self._url}/chat/") as response:
                    await response.read()
                    self.told[f"requests {response.status}"] += 1

    async def _handshakes(self) -> None:
        while True:
            try:
                socket = await self._socket()
            except aiohttp.WSServerHandshakeError as refused:
                self.told[f"handshakes {refused.status}"] += 1
            except aiohttp.ClientError:
                self.told["handshakes broken"] += 1
            else:
                self.told["handshakes 101"] += 1
                await socket.close()


async def _alone(installation: Installation, cookies: list[str]) -> list[Row]:
    async with Crowd(installation.port, cookies[:STREAMS]) as crowd:
        await crowd.ask(messages(STREAMS, tokens=20, rate=100))
        return await measured(installation, crowd, cookies[-1])


def main() -> None:
    # As it is where nobody sets it: the other benchmarks need more.
    with Installation(CHAT_RATE_PER_MINUTE="30") as installation:
        os.environ.update(installation.environment)
        django.setup()
        from benchmarks.people import sign_in

        rows = uvloop.run(_alone(installation, sign_in(STREAMS + 1)))
    sys.stdout.write(f"{table(rows)}\n")


if __name__ == "__main__":
    main()
