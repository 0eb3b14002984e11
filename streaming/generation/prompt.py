"""What the model is asked: the assistant's words, then the conversation, cut to what fits.

What stays the same stands first and is not moved: providers keep a prompt that begins as the one
before did, and charge a fraction for it (`docs/assistants.md`).
"""

from collections.abc import Sequence
from typing import Literal

from django.conf import settings

from chat.models import Message
from config.catalogue import Model
from streaming.providers.base import Request, Turn
from streaming.providers.prices import window_tokens
from streaming.routing.persona import NOBODY, Persona

# A careful guess without a tokenizer: European text has four or more letters per token, text of
# other scripts one to two characters, each of two to four bytes.
BYTES_PER_TOKEN = 3
# History gives way in quarters of its room: cut a little each time, it would begin with another
# message each time, and no provider could use what it has kept.
STEPS = 4
# The last question, and the exchange before it, are not given up for the sake of such a step.
KEPT_TURNS = 3
# An answer that another attempt goes on with is left room to come to its end.
OUTPUT_TOKENS_MIN = 16
# For providers that do not go on from a given beginning.
GO_ON = (
    "Your answer above was cut off. Go on exactly where it stops, in the middle of the word, "
    "line or code block if need be. Repeat nothing of it, do not begin again, and do not "
    "mention the interruption: what you write is appended to it as it is."
)


def build(
    model: Model,
    said: Sequence[Message],
    prefix: str = "",
    *,
    given: int = 0,
    natively: bool = True,
    persona: Persona = NOBODY,
) -> Request:
    """The request for this model; ``said`` ends with the message to answer.

    ``prefix`` is what the answer begins with; of its characters the first ``given`` are of an
    earlier version, the others take their part of the longest answer. A provider that does not
    continue by itself (``natively``) is told to.
    """
    longest = min(model.output_tokens_max, persona.output_tokens_max or model.output_tokens_max)
    told = [] if natively or not prefix else [Turn("assistant", prefix), Turn("user", GO_ON)]
    room = window(model) - longest - tokens(persona.system) - tokens(prefix[:given])
    room -= sum(tokens(turn.content) for turn in told[1:])
    room = min(room, settings.CHAT_HISTORY_TOKENS_MAX)
    return Request(
        model=model.name,
        turns=(*fit(merge(said), room), *told),
        system=persona.system,
        max_tokens=max(longest - tokens(prefix[given:]), min(longest, OUTPUT_TOKENS_MIN)),
        temperature=persona.temperature,
        stop=persona.stop,
        prefix=prefix if natively else "",
    )


def window(model: Model) -> int:
    """Tokens that fit into the model, question and answer together."""
    known = model.context_tokens or window_tokens(model.provider, model.name)
    return known or settings.CHAT_CONTEXT_TOKENS


def tokens(text: str) -> int:
    """About how many tokens this is; rather too many than too few."""
    size = len(text) if text.isascii() else len(text.encode())
    return -(-size // BYTES_PER_TOKEN)


def merge(said: Sequence[Message]) -> list[Turn]:
    """Turns that alternate: some models accept nothing else. Replies without text are left out."""
    turns: list[Turn] = []
    for message in said:
        role: Literal["user", "assistant"] = "assistant" if message.is_reply else "user"
        if not message.content:
            continue
        if turns and turns[-1] == Turn(role, message.content):
            # The same question once more, after an attempt that failed.
            continue
        if turns and turns[-1].role == role:
            turns[-1] = Turn(role, f"{turns[-1].content}\n\n{message.content}")
        else:
            turns.append(Turn(role, message.content))
    return turns


def fit(turns: list[Turn], room: int) -> list[Turn]:
    """The newest turns that fit into ``room`` tokens, beginning with a person's; the last always.

    Where older ones have to go, whole quarters of the room are cleared, counted from the first
    message on: the turns that are left begin with the same one for many messages.
    """
    sizes = [tokens(turn.content) for turn in turns]
    excess = sum(sizes) - room
    if excess <= 0:
        return turns
    step = max(1, room // STEPS)
    cleared = -(-excess // step) * step
    # The turn from which on all would fit, and the one at the end of the step.
    nearest = _from_person(turns, _after(sizes, excess))
    first = _from_person(turns, _after(sizes, cleared))
    if len(turns) - first < KEPT_TURNS:
        first = nearest
    return turns[first:]


def _after(sizes: Sequence[int], cleared: int) -> int:
    """The index of the first turn after this many tokens."""
    passed = 0
    for index, size in enumerate(sizes):
        if passed >= cleared:
            return index
        passed += size
    return len(sizes)


def _from_person(turns: Sequence[Turn], index: int) -> int:
    """From this index on, the first turn of a person's; the last turn where there is none."""
    last = max(len(turns) - 1, 0)
    return next((i for i in range(index, last) if turns[i].role == "user"), last)
