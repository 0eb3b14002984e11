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
    assert all(one.text for one in shown if one.begins_code)
    return "".join(one.text for one in shown), [one.ended for one in shown if one.ended]


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


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_the_inside_of_a_fence_is_told_from_the_text_before_it(size: int) -> None:
    growing = GrowingText()
    text = "See:\n```python\na = 1\nb = 2\n```\n\nafter"
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    shown = [part for piece in pieces for part in growing.feed(piece)]
    begun = [index for index, one in enumerate(shown) if one.begins_code]
    assert len(begun) == 1
    assert "".join(one.text for one in shown[: begun[0]]) == "See:\n```python\n"
