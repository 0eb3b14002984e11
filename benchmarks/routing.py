"""How long it takes to choose a tier: `python -m benchmarks.routing`, in microseconds."""

import re
import sys
import time
from collections.abc import Callable

from benchmarks.report import Row, percentile, table
from streaming.routing import Question, classify
from tests.routing.labelled import PASSAGE, read

RUNS = 2000
MEDIAN_US_MOST = 200
P99_US_MOST = 5000
# What any look at the words costs.
WORDS = re.compile(r"\w+")


def rows() -> list[Row]:
    """Prose of three lengths, then every prompt of the tests as one text of 14 languages."""
    mixed = "\n".join(prompt.written for prompt in read())
    messages = {
        "short question": "What is the capital of Australia?",
        "2,000 characters": (PASSAGE * 4)[:2000],
        "32,000 characters": (PASSAGE * 80)[:32000],
        "32,000 characters, 14 languages": (mixed * 2)[:32000],
    }
    found = []
    for name, text in messages.items():
        spent = times_us(lambda text=text: classify(Question(text)))  # type: ignore[misc]
        scan = times_us(lambda text=text: WORDS.findall(text))  # type: ignore[misc]
        note = f"a scan for words alone: median {percentile(scan, 50):,.0f}"
        most = None if "languages" in name else MEDIAN_US_MOST
        what = f"routing, {name}"
        found.append(Row(f"{what}: median", percentile(spent, 50), "µs", most=most, note=note))
        found.append(Row(f"{what}: p99", percentile(spent, 99), "µs", most=P99_US_MOST))
    return found


def times_us(act: Callable[[], object]) -> list[float]:
    """Microseconds of the processor, so that a busy machine tells of routing alone."""
    act()
    times = []
    for _ in range(RUNS):
        before = time.thread_time_ns()
        act()
        times.append((time.thread_time_ns() - before) / 1000)
    return times


if __name__ == "__main__":
    sys.stdout.write(f"{table(rows())}\n")
