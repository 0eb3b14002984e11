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


def build(model: Model, said: Sequence[Message], prefix: str = "") -> Request:
    """The request for this model; ``said`` ends with the message to answer.

    ``prefix`` is what the answer begins with: it takes its part of the longest answer.
    """
    turns = fit(merge(said), (model.context_tokens - model.output_tokens_max) * CHARS_PER_TOKEN)
    used = len(prefix) // CHARS_PER_TOKEN
    return Request(
        model=model.name,
        turns=tuple(turns),
        max_tokens=max(model.output_tokens_max - used, OUTPUT_TOKENS_MIN),
        prefix=prefix,
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
