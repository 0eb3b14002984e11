"""Conversations that a program brings with it: what was said before, and how it wants an answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from django.conf import settings

from chat.models import Assistant, Conversation, Message
from chat.models.conversations import title_from
from chat.options import NONE, Options

if TYPE_CHECKING:
    from chat.submissions import Submission

# Longer than any answer takes, and its reader may be slow.
PASSES_AFTER_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Said:
    """An earlier message."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a program brings. Not ``is_kept``: the conversation is deleted when its answer was
    read. Without an assistant that is named there is none."""

    said: tuple[Said, ...] = ()
    options: Options = NONE
    is_kept: bool = False


def begin(
    one: "Submission", assistant: Assistant | None, tick: Callable[[], datetime]
) -> tuple[Conversation, list[Message]]:
    """A new conversation, and the messages that it begins with, the first one first."""
    beginning = one.beginning or Beginning(is_kept=True)
    first = next((said.text for said in beginning.said if said.role == "user"), one.text)
    now = tick()
    conversation = Conversation(
        owner_id=one.user_id,
        assistant=assistant,
        title=title_from(first),
        created_at=now,
        passes_at=None if beginning.is_kept else now + passes_after(),
    )
    messages: list[Message] = []
    for said in beginning.said:
        message = Message(
            conversation=conversation,
            parent_id=messages[-1].id if messages else None,
            role=Message.Role.USER if said.role == "user" else Message.Role.ASSISTANT,
            content=said.text,
            author_id=one.user_id if said.role == "user" else None,
            created_at=tick(),
        )
        messages.append(message)
    return conversation, messages


def passes_after() -> timedelta:
    """When nobody has read the answer by then, nobody will."""
    return timedelta(seconds=settings.CHAT_REPLY_TIMEOUT_SECONDS + PASSES_AFTER_SECONDS)
