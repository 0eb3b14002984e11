"""What the model is asked: the conversation so far, cut to what fits."""

from collections.abc import Sequence
from typing import Literal

from chat.models import Message
from config.catalogue import Model
from streaming.providers.base import Request, Turn

# A careful guess without a tokenizer: European text has about four characters per token,
# Chinese one or two.
CHARS_PER_TOKEN = 3
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
) -> Request:
    """The request for this model; ``said`` ends with the message to answer.

    ``prefix`` is what the answer begins with; of its characters the first ``given`` are of an
    earlier version, the others take their part of the longest answer. A provider that does not
    continue by itself (``natively``) is told to.
    """
    room = (model.context_tokens - model.output_tokens_max) * CHARS_PER_TOKEN - given
    told = [] if natively or not prefix else [Turn("assistant", prefix), Turn("user", GO_ON)]
    used = (len(prefix) - given) // CHARS_PER_TOKEN
    return Request(
        model=model.name,
        turns=(*fit(merge(said), room - sum(len(turn.content) for turn in told[1:])), *told),
        max_tokens=max(model.output_tokens_max - used, OUTPUT_TOKENS_MIN),
        prefix=prefix if natively else "",
    )


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


def fit(turns: list[Turn], chars: int) -> list[Turn]:
    """The newest turns that fit into ``chars``, beginning with a person's; the last always."""
    room = chars
    first = len(turns) - 1
    for index in range(len(turns) - 1, -1, -1):
        room -= len(turns[index].content)
        if room < 0:
            break
        if turns[index].role == "user":
            first = index
    return turns[max(first, 0) :]
