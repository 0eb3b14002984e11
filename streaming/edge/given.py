"""What the edge is asked, and what it gives."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chat.models import Message
from config.catalogue import Model

# Said at once, a text still comes in pieces, cut between words where there are any.
PIECE = re.compile(r".{1,2000}(?!\S)|.{1,2000}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wish:
    """A reply that is wanted, as far as the edge has to know it.

    ``owner_id`` is who asks, and when; ``models`` may answer, the best first. ``is_again``:
    another version of an answer, or the rest of one: nobody wants the same once more.
    ``wanted_model`` is the model that the person has chosen; ``assistant`` is all that its
    assistant adds to what a model is asked, in one line.

    Of the assistant too: whether it ``gives_instant_answers`` and ``caches_answers``, and whether
    those that were kept ``is_public``: anybody's.
    """

    conversation_id: uuid.UUID
    owner_id: uuid.UUID | None
    said: Sequence[Message]
    tier: str
    models: Sequence[Model]
    asked_at: datetime
    zone: str = ""
    wanted_model: str = ""
    is_again: bool = False
    assistant: str = ""
    gives_instant_answers: bool = True
    caches_answers: bool = True
    is_public: bool = False
    # A program asks: it wants a model's words, and in passing.
    is_programs: bool = False
    is_passing: bool = False

    @classmethod
    def of(
        cls,
        reply: Message,
        said: Sequence[Message],
        tier: str,
        models: Sequence[Model],
        *,
        assistant: str = "",
    ) -> "Wish":
        """The wish that an accepted reply stands for."""
        who = reply.prompt.assistant if reply.prompt else None
        return cls(
            conversation_id=reply.conversation_id,
            owner_id=said[-1].author_id,
            said=said,
            tier=tier,
            models=models,
            asked_at=reply.created_at,
            zone=(said[-1].context or {}).get("time_zone", ""),
            wanted_model=reply.route.get("wanted", ""),
            # Only what is sent for a reply has a name of its own there (chat/accept.py).
            is_again=reply.client_id is not None or bool(reply.content),
            assistant=assistant,
            gives_instant_answers=who is None or who.gives_instant_answers,
            caches_answers=who is None or who.caches_answers,
            is_public=who is not None and who.is_public,
            is_programs=said[-1].options is not None,
            is_passing=reply.conversation.passes_at is not None,
        )

    @property
    def question(self) -> str:
        return self.said[-1].content


@dataclass(frozen=True, slots=True)
class Given:
    """A whole answer. ``words_per_second`` is how fast it is said; 0: at once."""

    text: str
    source: Literal["edge", "cache"]
    provider: str = ""
    model: str = ""
    finish_reason: str = "stop"
    words_per_second: float = 0


def pieces(text: str) -> list[str]:
    """What the chunks of a text that is said at once hold."""
    return PIECE.findall(text)
