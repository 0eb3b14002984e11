"""The floor: the same streams, read by a bare SDK's own events in one process, delivered nowhere.

`python -m benchmarks.floor SDK MOCK_URL STREAMS SECONDS RATE` prints one line of JSON.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

import uvloop

from benchmarks.load import START_SPREAD_SECONDS, messages
from benchmarks.report import percentile
from tests.provider import stamps_in


@dataclass(frozen=True, slots=True)
class Floor:
    """Microseconds of processor per token, milliseconds of delay."""

    cpu_us: float
    p50_ms: float
    p99_ms: float


def measured(sdk: str, url: str, streams: int, seconds: float, rate: float) -> Floor:
    """Run it in a process of its own."""
    words = [sdk, url, str(streams), str(seconds), str(rate)]
    command = [sys.executable, "-m", "benchmarks.floor", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=90)
    return Floor(**json.loads(done.stdout))


async def _openai(url: str) -> Callable[[str], Awaitable[list[int]]]:
    import openai

    client = openai.AsyncOpenAI(api_key="none", base_url=f"{url}/v1", max_retries=0)

    async def read(message: str) -> list[int]:
        delays: list[int] = []
        stream = await client.chat.completions.create(
            model="mock", messages=[{"role": "user", "content": message}], stream=True
        )
        async for chunk in stream:
            if chunk.choices and (text := chunk.choices[0].delta.content):
                delays += [time.monotonic_ns() - stamp for stamp in stamps_in(text)]
        return delays

    return read


async def _anthropic(url: str) -> Callable[[str], Awaitable[list[int]]]:
    import anthropic

    client = anthropic.AsyncAnthropic(api_key="none", base_url=url, max_retries=0)

    async def read(message: str) -> list[int]:
        delays: list[int] = []
        stream = await client.messages.create(
            model="mock",
            max_tokens=8192,
            messages=[{"role": "user", "content": message}],
            stream=True,
        )
        async for event in stream:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                delays += [time.monotonic_ns() - stamp for stamp in stamps_in(event.delta.text)]
        return delays

    return read


async def _run(sdk: str, url: str, streams: int, seconds: float, rate: float) -> Floor:
    read = await {"openai": _openai, "anthropic": _anthropic}[sdk](url)
    await read('{"tokens": 1}')
    before = time.process_time()
    asked = messages(streams, tokens=int(seconds * rate), rate=rate)
    dice = random.Random(streams)

    async def later(message: str) -> list[int]:
        await asyncio.sleep(dice.uniform(0, START_SPREAD_SECONDS))
        return await read(message)

    delays = [delay for one in await asyncio.gather(*map(later, asked)) for delay in one]
    spent = time.process_time() - before
    return Floor(
        cpu_us=spent / len(delays) * 1e6,
        p50_ms=percentile(delays, 50) / 1e6,
        p99_ms=percentile(delays, 99) / 1e6,
    )


if __name__ == "__main__":
    name, address, *numbers = sys.argv[1:]
    count, *rest = numbers
    result = uvloop.run(_run(name, address, int(count), *map(float, rest)))
    sys.stdout.write(json.dumps(asdict(result)))
