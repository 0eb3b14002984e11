"""`python -m benchmarks.doors`: many open event streams at one web process."""

import asyncio
import os
import sys
import time

import aiohttp
import django
import uvloop

from benchmarks.load import messages
from benchmarks.processes import Installation
from benchmarks.report import Row, table

STREAMS = 1000
REPLIES = 50
TOKENS = 400
RATE = 8
# What a page of ours would have; both are the same person's.
CSRF = "x" * 32
KB = 1024
KB_PER_STREAM_MOST = 60


def main() -> int:
    with Installation() as installation:
        os.environ.update(installation.environment)
        django.setup()
        from benchmarks.people import sign_in

        rows = uvloop.run(_measured(installation, sign_in(REPLIES)))
    sys.stdout.write(f"{table(rows)}\n")
    return 0


async def _measured(installation: Installation, cookies: list[str]) -> list[Row]:
    address = f"http://127.0.0.1:{installation.port}/api/v1"
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=300)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as client:
        await _read(client, address, cookies[0], messages(1, tokens=20, rate=0)[0])
        begun = await asyncio.gather(
            *(
                _begin(client, address, cookie, message)
                for cookie, message in zip(
                    cookies, messages(REPLIES, tokens=TOKENS, rate=RATE, run=1), strict=True
                )
            )
        )
        before = installation.sample()
        readers = [
            asyncio.create_task(_follow(client, address, cookies[number % REPLIES], begun, number))
            for number in range(STREAMS)
        ]
        await asyncio.sleep(10)
        opened, started = installation.sample(), time.monotonic()
        whole = sum(await asyncio.gather(*readers))
        after = installation.sample()
    seconds = time.monotonic() - started
    memory = (opened.memory["web"] - before.memory["web"]) / STREAMS / KB
    cpu = (after.cpu["web"] - opened.cpu["web"]) * 1e6 / (STREAMS * RATE * seconds)
    return [
        Row(
            f"{STREAMS} event streams: memory of the web process, each",
            memory,
            "KB",
            most=KB_PER_STREAM_MOST,
            note=f"{REPLIES} replies; {whole} read to the end",
        ),
        Row(f"{STREAMS} event streams: CPU of the web process per token", cpu, "µs"),
    ]


def _headers(cookie: str) -> dict[str, str]:
    return {"Cookie": f"{cookie}; csrftoken={CSRF}", "X-CSRFToken": CSRF}


async def _read(client: aiohttp.ClientSession, address: str, cookie: str, message: str) -> None:
    body = {"message": message}
    async with client.post(f"{address}/chat", json=body, headers=_headers(cookie)) as response:
        response.raise_for_status()
        await response.read()


async def _begin(client: aiohttp.ClientSession, address: str, cookie: str, message: str) -> str:
    """Send a message and leave; gives the reply's id."""
    body = {"message": message}
    url = f"{address}/chat/stream"
    async with client.post(url, json=body, headers=_headers(cookie)) as response:
        response.raise_for_status()
        async for line in response.content:
            if line.startswith(b"data: "):
                return line.decode().partition('"message_id":"')[2].partition('"')[0]
    raise SystemExit("a reply did not begin")


async def _follow(
    client: aiohttp.ClientSession, address: str, cookie: str, begun: list[str], number: int
) -> bool:
    """Whether it was read to its end."""
    url = f"{address}/messages/{begun[number % REPLIES]}/stream"
    last = b""
    async with client.get(url, headers=_headers(cookie)) as response:
        response.raise_for_status()
        async for line in response.content:
            last = line if line.startswith(b"data: ") else last
    return b'"type":"complete"' in last


if __name__ == "__main__":
    sys.exit(main())
