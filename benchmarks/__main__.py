"""`python -m benchmarks`: measures the whole installation and prints a table."""

import os
import platform
import subprocess
import sys
import time

import django
import psutil
import uvloop

from benchmarks import floor, proxy, routing, textbook
from benchmarks.load import Crowd
from benchmarks.measures import RATE, SECONDS, Measures
from benchmarks.processes import Installation
from benchmarks.report import Row, table

PEOPLE = 200


def main() -> int:
    started = time.monotonic()
    _say(
        f"{psutil.cpu_count()} processors, Python {platform.python_version()}, load before "
        f"{os.getloadavg()[0]:.1f}. One web process, one worker, embedded Valkey, SQLite."
    )
    with Installation() as installation:
        os.environ.update(installation.environment)
        django.setup()
        from benchmarks.people import sign_in

        cookies = sign_in(PEOPLE)
        measures = uvloop.run(_measured(installation, cookies))
        from benchmarks import breaker, edge

        _say("acknowledgements elsewhere ...")
        rows = measures.rows + textbook.measured(installation, cookies)
        _say("circuit breakers ...")
        rows += uvloop.run(breaker.measured()) + _floors(installation.mock_url)
    rows += routing.rows() + edge.rows()
    _say("\n" + table(rows))
    _say(
        f"\n{measures.asked:,} replies, {measures.wrong} with another text than the provider's. "
        f"{time.monotonic() - started:.0f} s."
    )
    _say("\na flood, and somebody else's streams, in an installation with the usual limits ...")
    subprocess.run([sys.executable, "-m", "benchmarks.flood"], check=True)
    return 1 if measures.wrong else 0


async def _measured(installation: Installation, cookies: list[str]) -> Measures:
    async with Crowd(installation.port, cookies[:5]) as few:
        await Measures(installation, few, []).warm_up()
    before = installation.sample()
    async with Crowd(installation.port, cookies) as crowd:
        measures = Measures(installation, crowd, [])
        measures.sockets(before)
        # The largest first: later ones would find memory that is already there.
        for replies in sorted(SECONDS, reverse=True):
            _say(f"{replies} replies ...")
            await measures.streaming(replies)
        _say("acknowledgements, burst ...")
        await measures.acknowledgements()
        await measures.flood()
        from benchmarks import edge

        _say("answers without a model ...")
        measures.rows += await edge.measured(crowd)
    return measures


def _floors(url: str) -> list[Row]:
    rows: list[Row] = []
    most = sorted(SECONDS, reverse=True)
    for sdk in ("openai", "anthropic"):
        for replies in most:
            what = f"bare {sdk} SDK, {replies} streams"
            _say(f"{what} ...")
            found = floor.measured(sdk, url, replies, SECONDS[replies], RATE)
            rows.append(_floor(what, found))
    for replies in most[:2]:
        what = f"SSE proxy on the openai SDK, {replies} streams"
        _say(f"{what} ...")
        rows.append(_floor(what, proxy.measured(url, replies, SECONDS[replies], RATE)))
    return rows


def _floor(what: str, found: floor.Floor) -> Row:
    note = f"latency median {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms"
    return Row(f"{what}: CPU per token", found.cpu_us, "µs", note=note)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
