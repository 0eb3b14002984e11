"""The mock provider's words: the same ones for the same message, and hard to carry unharmed."""

import random
import re
import time

from tests.provider.plan import Plan, plan_for

WORDS = (
    " river",
    " the",
    " of",
    " and",
    " stone",
    " Wasser",
    " größer",
    " façade",
    " naïve",
    " вода",
    " 水が流れる",
    " ماء",
    " e\u0301te\u0301",  # combining marks
    " 👩\u200d💻",  # joined by ZWJ
    " 👨\u200d👩\u200d👧\u200d👦",
    " 🏳️\u200d🌈",
    " 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",  # outside the basic plane
    "\n",
    "\n\n",
    "\n\n## Heading\n\n",
    "\n- item",
    " **bold**",
    " `code`",
    "\n```python\nprint('{\"a\": 1}')\n```\n",
    "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    " \\(x^2\\)",
    ' "quoted" and \\ backslash',
    "\ttab",
    " &amp; <b>not bold</b>",
    "\u2028",  # a line separator that is no line end
    "data: event:",
    ".",
    ",",
)

# What an answer begins with: one that is all blanks means something, and never comes by chance.
FIRST_WORDS = tuple(word for word in WORDS if word.strip())

STAMP = re.compile(r"\u2039(\d+)\u203a")


def tokens_for(message: str, model: str = "", default: Plan | None = None) -> list[str]:
    """The tokens of the whole answer, none of them empty."""
    return tokens_of(plan_for(message, model, default), message)


def tokens_of(plan: Plan, message: str) -> list[str]:
    """The tokens of a plan; some words come in two tokens, cut between two code points."""
    if plan.say:
        return re.findall(r"\s*\S+|\s+", plan.say) * plan.repeat
    dice = random.Random(f"{plan.seed}:{message}")
    tokens = [dice.choice(FIRST_WORDS)]
    while len(tokens) < plan.tokens:
        word = dice.choice(WORDS)
        cut = dice.randrange(1, len(word)) if len(word) > 1 and dice.random() < 0.4 else 0
        tokens += [word[:cut], word[cut:]] if cut else [word]
    return tokens[: plan.tokens]


def rest_of(tokens: list[str], prefix: str) -> list[str]:
    """The tokens after this beginning of the answer. Raises ValueError for another's beginning."""
    if not "".join(tokens).startswith(prefix):
        raise ValueError("that is not how this answer begins")
    rest = list(tokens)
    skipped = 0
    while rest and skipped + len(rest[0]) <= len(prefix):
        skipped += len(rest.pop(0))
    # The prefix may end inside a token.
    return [rest[0][len(prefix) - skipped :], *rest[1:]] if rest else []


def text_for(
    message: str, model: str = "", *, upto: int | None = None, default: Plan | None = None
) -> str:
    """The answer's text; ``upto`` for one that ends at that token."""
    return "".join(tokens_for(message, model, default)[:upto])


def stamped(token: str) -> str:
    """The token with the time of now: CLOCK_MONOTONIC nanoseconds, the same in all processes."""
    return f"{token}\u2039{time.monotonic_ns()}\u203a"


def stamps_in(text: str) -> list[int]:
    """The times at which the tokens in a text were sent, in nanoseconds."""
    return [int(stamp) for stamp in STAMP.findall(text)]


def without_stamps(text: str) -> str:
    return STAMP.sub("", text)
