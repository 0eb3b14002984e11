"""What is asked in the pictures, and what the provider answers: always the same."""

from tests.provider.exchange import Record
from tests.provider.plan import Plan
from tests.provider.server import MockProvider
from tests.provider.text import tokens_of

TIDES = "Explain how tides work, as if I were ten"
TIDES_ANSWER = """Imagine that the Moon **pulls** on the sea, very gently, with an invisible string.

The water on the side that faces the Moon is pulled a little more than the Earth itself, so it \
bulges: there it is **high tide**. On the far side the Earth is pulled away from the water, and it \
bulges there too.

1. The Earth turns once a day, and carries the beach through *both* bulges.
2. So most beaches have two high tides a day, a little more than twelve hours apart.
3. When Sun and Moon pull in one line, the tide is highest: a *spring tide*.

> It has nothing to do with the season: the water springs up.
"""
SHORTER = "The Moon pulls the sea into two bulges, and the Earth turns beneath them. That is all."
WARMER = "Think of the sea as a blanket that two friends, the Moon and the Sun, tug at the corners."

DUPLICATES = "Write a Python function that finds duplicate files"
CODE = '''```python
from collections import defaultdict
from hashlib import sha256
from pathlib import Path


def duplicates(folder: Path) -> list[list[Path]]:
    """Files below a folder that hold the same bytes."""
    by_digest: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            by_digest[sha256(path.read_bytes()).hexdigest()].append(path)
    return [paths for paths in by_digest.values() if len(paths) > 1]
```
'''
DUPLICATES_ANSWER = f"""Two files are the same when their bytes are; a hash says so quickly.

{CODE}
Large folders gain from comparing **sizes** first: most files differ there already.
"""

PENDULUM = "How long does a pendulum take, and how do I compute it?"
PENDULUM_BEGINNING = r"""For small swings the period depends on the length alone:

$$T = 2\pi\sqrt{\frac{\ell}{g}}$$

| length | period |
|-------:|-------:|
| 0.25 m | 1.00 s |
| 1.00 m | 2.01 s |
| 4.00 m | 4.01 s |

As a function, with $g = 9.81\,\mathrm{m/s^2}$:

```python
from math import pi, sqrt


def period(length: float, g: float = 9.81) -> float:
    return 2 * pi * sqrt(length / g)
```

So a pendulum as long as a child is tall swings"""

CANALS = "Tell me the history of canals"
CANALS_ANSWER = """The oldest canals carried water to fields, in Mesopotamia six thousand years ago.

Ships came later: the **Grand Canal** of China grew over a thousand years until it joined five \
rivers. Europe's great age of canals began with the"""

BRIDGES = "Can one walk over all seven bridges of Königsberg once?"
BRIDGES_THOUGHTS = """Each bank is a point, each bridge a line. A walk that uses every line once \
may have at most two points with an odd number of lines. Here: 5, 3, 3 and 3. All four are odd."""
BRIDGES_ANSWER = """**No.** Every time you come to a bank you need one bridge to arrive and \
another to leave, so only the first and the last bank may have an odd number of bridges.

Here all four have: 5, 3, 3 and 3."""

ASSISTANTS = (
    (
        "☕",
        "Cook",
        "Meals from what is there",
        "What can I make of eggs and rice?\nA dinner for six without an oven",
        "You are a cook. Ask what is in the kitchen before you propose anything.",
    ),
    (
        "☀",
        "Guide",
        "Walks and trains, no cars",
        "A day by the river",
        "You plan days outside for {name}, by train and on foot.",
    ),
)

GLADLY = "Gladly. Begin with what you have, and leave out what nobody will miss."
BEND = "Willows, a mill that has stood still for a hundred years, and the next bend."

LATER = "What should I read next about rivers?"

_STALL = {"rate": 400.0, "fault": "stall"}


def _begun(text: str) -> Plan:
    """An answer that stays where it is."""
    at = len(tokens_of(Plan(say=text), ""))
    return Plan(say=f"{text} …", at=at, **_STALL)  # type: ignore[arg-type]


PLANS = {
    TIDES: Plan(say=TIDES_ANSWER, rate=400),
    LATER: Plan(fault="silence"),
    PENDULUM: _begun(PENDULUM_BEGINNING),
}


class PictureProvider(MockProvider):
    """Answers a question with its plan."""

    def _plan(self, record: Record) -> Plan:
        return PLANS.get(record.message) or super()._plan(record)
