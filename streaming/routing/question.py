"""What a verdict is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat.models import Message


@dataclass(frozen=True, slots=True)
class Question:
    """The message to answer, and what of its conversation matters for the tier.

    ``history_chars`` and ``history_turns`` are of what was said before it, ``earlier_tiers``
    the tiers of the replies before it, the newest first.
    """

    text: str
    history_chars: int = 0
    history_turns: int = 0
    attachments: int = 0
    earlier_tiers: tuple[str, ...] = ()


def question(said: "Sequence[Message]", attachments: int = 0) -> Question:
    """The question that ``said`` ends with, in the order in which it was said."""
    *before, asked = said
    return Question(
        text=asked.content,
        history_chars=sum(len(message.content) for message in before),
        history_turns=len(before),
        attachments=attachments,
        earlier_tiers=tuple(tier for tier in map(_tier, reversed(before)) if tier),
    )


def _tier(message: "Message") -> str:
    """Who had the floor: a text from the cache speaks for the tier that made it, and an instant
    answer for nobody."""
    if not message.is_reply or message.source == "edge":
        return ""
    return str(message.route.get("tier", "")) if message.source == "cache" else message.source
