"""A peer: a few lines that hand a bare SDK's events on as server-sent events, and nothing more.

No log, no database, no resuming, no second process; what is lost is lost. `python -m
benchmarks.proxy MOCK_URL` serves it and prints its port.
"""

import asyncio
import random
import subprocess
import sys
import time

import aiohttp
import openai
import orjson
import psutil
import uvloop
from aiohttp import web

from benchmarks.floor import Floor
from benchmarks.load import START_SPREAD_SECONDS, messages
from benchmarks.report import percentile
from tests.provider import stamps_in


def application(url: str) -> web.Application:
    """The whole proxy."""
    client = openai.AsyncOpenAI(api_key="none", base_url=f"{url}/v1", max_retries=0)

    async def chat(request: web.Request) -> web.StreamResponse:
        message = (await request.json())["message"]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        stream = await client.chat.completions.create(
            model="mock", messages=[{"role": "user", "content": message}], stream=True
        )
        async for chunk in stream:
            if chunk.choices and (text := chunk.choices[0].delta.content):
                await response.write(b"data: " + orjson.dumps({"text": text}) + b"\n\n")
        await response.write(b"data: [DONE]\n\n")
        return response

    served = web.Application()
    served.router.add_post("/chat", chat)
    return served


def measured(url: str, streams: int, seconds: float, rate: float) -> Floor:
    """The processor time is the proxy's; its readers are this process."""
    proxy = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.proxy", url], stdout=subprocess.PIPE, text=True
    )
    try:
        assert proxy.stdout is not None
        address = f"http://127.0.0.1:{proxy.stdout.readline().strip()}/chat"
        return uvloop.run(_read(address, psutil.Process(proxy.pid), streams, seconds, rate))
    finally:
        proxy.terminate()
        proxy.wait(10)


async def _read(
    address: str, proxy: psutil.Process, streams: int, seconds: float, rate: float
) -> Floor:
    asked = messages(streams, tokens=int(seconds * rate), rate=rate)
    dice = random.Random(streams)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(message: str) -> list[int]:
            delays: list[int] = []
            async with session.post(address, json={"message": message}) as response:
                async for line in response.content:
                    now = time.monotonic_ns()
                    if line.startswith(b"data: {"):
                        text = orjson.loads(line.removeprefix(b"data: "))["text"]
                        delays += [now - stamp for stamp in stamps_in(text)]
            return delays

        async def later(message: str) -> list[int]:
            await asyncio.sleep(dice.uniform(0, START_SPREAD_SECONDS))
            return await one(message)

        await one('{"tokens": 1}')
        before = _spent(proxy)
        delays = [delay for each in await asyncio.gather(*map(later, asked)) for delay in each]
        spent = _spent(proxy) - before
    return Floor(
        cpu_us=spent / len(delays) * 1e6,
        p50_ms=percentile(delays, 50) / 1e6,
        p99_ms=percentile(delays, 99) / 1e6,
    )


def _spent(proxy: psutil.Process) -> float:
    times = proxy.cpu_times()
    return float(times.user + times.system)


async def _serve(url: str) -> None:
    runner = web.AppRunner(application(url))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1]))
