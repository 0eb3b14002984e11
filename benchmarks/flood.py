"""One person floods, another one reads: what the reader's tokens notice.

`python -m benchmarks.flood` measures only this. In one run: a stream alone, then the same while
one person and one address send messages, handshakes and requests as fast as they can.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import django
import uvloop

from benchmarks.load import Crowd, messages
from benchmarks.processes import Installation
from benchmarks.report import Row, percentile, table

SECONDS = 8
RATE = 20
STREAMS = 5
# What the flood may add to the stream's 99th percentile.
ADDED_MS_MOST = 50


async def measured(installation: Installation, crowd: Crowd, flooder: str) -> list[Row]:
    """The delays of somebody's tokens without and with the flood, and what became of it."""
    alone = await _delays(crowd, run=40_000)
    async with flood(installation.port, flooder) as answered:
        flooded = await _delays(crowd, run=41_000)
    rows = []
    for name, delays in (("alone", alone), ("in a flood", flooded)):
        what = f"{STREAMS} streams, {name}: added latency"
        rows.append(Row(f"{what}, median", percentile(delays, 50), "ms"))
        rows.append(Row(f"{what}, p99", percentile(delays, 99), "ms"))
    added = percentile(flooded, 99) - percentile(alone, 99)
    told = ", ".join(f"{name} {count:,}" for name, count in sorted(answered.items()))
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


@asynccontextmanager
async def flood(port: int, cookie: str) -> AsyncIterator[dict[str, int]]:
    """A flood, while the context is entered; afterwards it holds what was answered, by kind."""
    told: dict[str, int] = {}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.flooder", str(port)), stdin=PIPE, stdout=PIPE
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{cookie}\n".encode())
    await process.stdout.readline()
    yield told
    process.stdin.close()
    told |= json.loads(await process.stdout.readline())
    await process.wait()


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
