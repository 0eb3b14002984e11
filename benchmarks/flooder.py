"""Floods an installation until its standard input ends: `python -m benchmarks.flooder PORT`.

A process of its own: what it costs is not to be taken for a delay of the one that measures. The
first line of the input is its cookie; it prints what was answered, by kind.
"""

import asyncio
import itertools
import json
import sys
from collections import Counter
from contextlib import suppress

import aiohttp
import uvloop

# Of each kind; each sends again when it has its answer.
FLOODERS = 8
ADDRESS = "203.0.113.66"


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


async def _until_told(port: int, cookie: str) -> None:
    async with Flood(port, cookie) as flood:
        sys.stdout.write("flooding\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
    sys.stdout.write(json.dumps(flood.told) + "\n")


if __name__ == "__main__":
    uvloop.run(_until_told(int(sys.argv[1]), sys.stdin.readline().strip()))
