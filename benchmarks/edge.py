"""Answers without a model: `python -m benchmarks.edge` for the look-up alone."""

import sys
from itertools import pairwise
from statistics import median

from benchmarks.load import Crowd, messages
from benchmarks.report import Row, percentile, table
from benchmarks.routing import times_us
from chat import phrases
from streaming.edge.instant import Answer, Index, built_in

ASKED = 200
TOKENS = 200
# As many as a worker reads, half of them with an open place.
WRITTEN = 2000
LOOK_US_MOST = 1000
REPLAY_MS_MOST = 5
WORDS = ["river", "stone", "light", "paper", "table", "garden", "winter", "letter", "road"]


def rows() -> list[Row]:
    """One look at an index as full as it may be, in microseconds of the processor."""
    index = Index.of([*_written(), *built_in()])
    asked = {
        "found": "What time is it?",
        "found, with an open place": f"{WORDS[1]} {WORDS[2]} number 7 in a large and quiet town",
        "nothing found": "what " * 40,
        "a long message": "Tell me all about it. " * 1500,
    }
    found = []
    for name, text in asked.items():
        spent = times_us(lambda text=text: index.find(text))  # type: ignore[misc]
        note = f"p99 {percentile(spent, 99):,.1f}"
        what = f"instant answer, {name}"
        found.append(Row(what, percentile(spent, 50), "µs", most=LOOK_US_MOST, note=note))
    return found


def _written() -> list[tuple[list[phrases.Phrase], Answer]]:
    pairs = list(pairwise(WORDS))
    lines = [
        f"{one} {other} {'word ' * (number % 20)}number {number} {'in *' if number % 2 else ''}"
        for number in range(WRITTEN)
        for one, other in (pairs[number % len(pairs)],)
    ]
    lines.append(f"{WORDS[1]} {WORDS[2]} number 7 in *")
    return [([phrases.phrase(line)], Answer(line, "en")) for line in lines]


async def measured(crowd: Crowd) -> list[Row]:
    """From the acknowledgement to the end as one reader's socket sees it, one after the other.

    What is looked up and written goes before the acknowledgement, so that is told as well.
    """
    person = crowd.people[0]
    (asked,) = messages(1, tokens=TOKENS, rate=0, run=30_000)
    found = []
    for name, message in {"cache": asked, "instant answer": "What can you do?"}.items():
        await person.ask(message)
        heard = [await person.ask(message) for _ in range(ASKED)]
        spent = [(one.ended - one.acknowledged) / 1e6 for one in heard]
        what = f"{name}: acknowledgement to end"
        whole = [(one.ended - one.sent) / 1e6 for one in heard]
        note = f"p95 {percentile(spent, 95):.1f}; from sending to the end {median(whole):.1f}"
        found.append(Row(what, percentile(spent, 50), "ms", most=REPLAY_MS_MOST, note=note))
    return found


if __name__ == "__main__":
    sys.stdout.write(f"{table(rows())}\n")
