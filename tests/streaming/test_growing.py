"""A growing text is cut where a block surely ends, whatever the pieces it comes in."""

import random

import pytest

from streaming.doors.growing import GrowingText

TEXT = """First *paragraph*,
over two lines.

1. one

2. two
   more of two

   still two

After the list.

```python
a = 1

b = 2
```

$$
x

y
$$

| a | b |
|---|---|
| 1 | 2 |

end"""
BLOCKS = [
    "First *paragraph*,\nover two lines.\n\n",
    "1. one\n\n2. two\n   more of two\n\n   still two\n\n",
    "After the list.\n\n",
    "```python\na = 1\n\nb = 2\n```\n\n",
    "$$\nx\n\ny\n$$\n\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
]


def fed(pieces: list[str]) -> tuple[str, list[str]]:
    growing = GrowingText()
    shown = [part for piece in pieces for part in growing.feed(piece)]
    return "".join(text for text, _ in shown), [ended for _, ended in shown if ended]


@pytest.mark.parametrize("seed", range(30))
def test_blocks_are_the_same_however_the_text_comes(seed: int) -> None:
    dice = random.Random(seed)
    pieces, rest = [], TEXT
    while rest:
        size = dice.randint(1, 12)
        pieces.append(rest[:size])
        rest = rest[size:]
    assert fed(pieces) == (TEXT, BLOCKS)


def test_whole_at_once_it_is_cut_in_the_same_places() -> None:
    assert fed([TEXT]) == (TEXT, BLOCKS)


def test_a_fence_that_is_never_closed_is_one_block() -> None:
    text = "~~~\na\n\n```\n\nb\n\nc"
    assert fed(list(text)) == (text, [])


def test_only_line_feeds_end_lines() -> None:
    text = "a\u2028\u2028b\r\n\r\nc"
    assert fed([text]) == (text, ["a\u2028\u2028b\r\n\r\n"])
