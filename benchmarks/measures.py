"""What is measured, one function per question."""

import asyncio
import time
from dataclasses import dataclass
from statistics import median

from benchmarks.load import START_SPREAD_SECONDS, Crowd, Heard, messages
from benchmarks.processes import COUNTED, Installation, Sample
from benchmarks.report import Row, percentile

RATE = 20
SECONDS = {1: 5, 50: 8, 200: 10}
CPU_MOST = {50: 300, 200: 200}
# By then all have started, and what the start held up has been caught up with.
SETTLED_SECONDS = 2.5
BURSTS = 3
SPREAD_SECONDS = 2.0
# A burst's many tokens come from a few replies that are made as fast as the provider can.
FLOOD_REPLIES = 20
FLOOD_TOKENS = 5000


@dataclass(slots=True)
class Measures:
    """The installation, the people connected to it, and the rows so far."""

    installation: Installation
    crowd: Crowd
    rows: list[Row]
    wrong: int = 0
    asked: int = 0

    async def ask(self, asked: list[str], *, spread: float = 0) -> list[Heard]:
        heard = await self.crowd.ask(asked, spread=spread)
        self.asked += len(heard)
        self.wrong += sum(not one.is_right for one in heard)
        return heard

    async def warm_up(self) -> None:
        """The first replies import what is imported late."""
        await self.ask(messages(5, tokens=20, rate=100), spread=0.5)

    def sockets(self, before: Sample) -> None:
        """Memory of the sockets that were opened since."""
        count = len(self.crowd.people)
        grown = self.installation.sample().memory_since(before) / count / 1024
        self.rows.append(Row(f"memory per open socket ({count})", grown, "KB"))

    async def streaming(self, replies: int) -> None:
        """Added latency, processor and memory while so many replies stream."""
        seconds = SECONDS[replies]
        before = self.installation.sample()
        asked = messages(replies, tokens=seconds * RATE, rate=RATE, run=replies)
        streaming = asyncio.create_task(self.ask(asked, spread=START_SPREAD_SECONDS))
        await asyncio.sleep(SETTLED_SECONDS)
        settled = self.installation.sample()
        # The first reply to end is still streaming then.
        await asyncio.sleep(seconds - SETTLED_SECONDS - 0.2)
        late = self.installation.sample()
        heard = await streaming
        after = self.installation.sample()
        self._latency(replies, heard, settled, late)
        spent, steady = after.cpu_since(before), late.cpu_since(settled)
        self._cpu(replies, heard, spent, sum(steady.values()) / len(_between(heard, settled, late)))
        if replies == max(SECONDS):
            grown = late.memory_since(before) / replies / 1024
            self.rows.append(Row(f"memory per streaming reply ({replies})", grown, "KB", most=130))

    def _latency(self, replies: int, heard: list[Heard], settled: Sample, late: Sample) -> None:
        """While all of them stream, and with the rush in which they start."""
        steady = _between(heard, settled, late)
        whole = [delay / 1e6 for one in heard for delay in one.delays]
        others = f"others had {late.others_since(settled):.0%} of the machine"
        rush = f"from the first start to the last end: {percentile(whole, 99):,.1f}; {others}"
        most = 50 if replies == max(SECONDS) else None
        what = f"{replies} replies: added latency"
        self.rows.append(Row(f"{what}, median", percentile(steady, 50), "ms"))
        self.rows.append(Row(f"{what}, p99", percentile(steady, 99), "ms", most=most, note=rush))

    def _cpu(
        self, replies: int, heard: list[Heard], spent: dict[str, float], steady: float
    ) -> None:
        """All that the replies cost, their acceptance and saving included."""
        tokens = sum(len(one.delays) for one in heard)
        frames = sum(one.frames for one in heard)
        parts = ", ".join(f"{name} {spent[name] / tokens * 1e6:.0f}" for name in COUNTED)
        note = f"{parts}; {steady * 1e6:.0f} while all stream; {tokens / frames:.2f} tokens a frame"
        cost = sum(spent.values()) / tokens * 1e6
        most = CPU_MOST.get(replies)
        what = f"{replies} replies: CPU per token"
        self.rows.append(Row(what, cost, "µs", most=most, note=note))

    async def acknowledgements(self) -> None:
        """200 people sending in the same instant, and within two seconds; several times each."""
        count = len(self.crowd.people)
        ways = {f"{count} at once": 0.0, f"{count} in {SPREAD_SECONDS:g} s": SPREAD_SECONDS}
        for way, (what, spread) in enumerate(ways.items()):
            runs = [await self._acknowledged(way * BURSTS + run, spread) for run in range(BURSTS)]
            p50, p95 = (median(percentile(one, at) for one in runs) for at in (50, 95))
            note = "runs: " + ", ".join(f"{percentile(one, 95):.0f}" for one in runs)
            self.rows.append(Row(f"acknowledgement, {what}, median", p50, "ms"))
            self.rows.append(Row(f"acknowledgement, {what}, p95", p95, "ms", most=50, note=note))

    async def _acknowledged(self, run: int, spread: float) -> list[float]:
        asked = messages(len(self.crowd.people), tokens=5, rate=RATE, run=10_000 + run)
        heard = await self.ask(asked, spread=spread)
        return [(one.acknowledged - one.sent) / 1e6 for one in heard]

    async def flood(self) -> None:
        """Tokens per second from the first question to the last end."""
        asked = messages(FLOOD_REPLIES, tokens=FLOOD_TOKENS, rate=0, run=20_000)
        started = time.monotonic()
        heard = await self.ask(asked)
        seconds = time.monotonic() - started
        tokens = sum(len(one.delays) for one in heard)
        note = f"{FLOOD_REPLIES} replies of {FLOOD_TOKENS:,} tokens"
        self.rows.append(Row("burst", tokens / seconds, "tokens/s", least=15_000, note=note))


def _between(heard: list[Heard], start: Sample, end: Sample) -> list[float]:
    """The delays, in milliseconds, of the tokens that were sent between two samples."""
    first, last = start.at * 1e9, end.at * 1e9
    return [
        delay / 1e6
        for one in heard
        for stamp, delay in zip(one.stamps, one.delays, strict=True)
        if first <= stamp <= last
    ]
