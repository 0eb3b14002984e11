"""What the templates need to show a message."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.safestring import SafeString

from chat import live, markdown
from chat.live import Progress
from chat.models import Message
from chat.payloads import is_retryable

NOT_STARTED = Progress(text="", seq=-1)
SHORTEST_COST_USD = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One message on the page; the empty one is what the browser copies for a new message."""

    role: str
    status: str = Message.Status.COMPLETE
    id: uuid.UUID | None = None
    conversation_id: uuid.UUID | None = None
    client_id: str = ""
    text: str = ""
    html: SafeString | str = ""
    seq: int | None = None
    error: str = ""
    retryable: bool = False
    figures: str = ""
    # What the person had asked, for the button that asks it again, and a name for that send.
    question: str = ""
    retry_client_id: uuid.UUID | None = None

    @property
    def is_reply(self) -> bool:
        return self.role == Message.Role.ASSISTANT

    @property
    def text_json(self) -> str:
        """The text as a JSON string: HTML alone would change line ends and control characters."""
        return json.dumps(self.text, ensure_ascii=False)


BLANKS = [ShownMessage(role=Message.Role.USER), ShownMessage(role=Message.Role.ASSISTANT)]


def shown(messages: list[Message]) -> list[ShownMessage]:
    """The messages in order, replies in progress with their text up to now."""
    progress = live.progress(messages)
    questions = {message.id: message.content for message in messages if not message.is_reply}
    return [
        _reply(message, progress.get(message.id, NOT_STARTED), questions)
        if message.is_reply
        else _question(message)
        for message in messages
    ]


def is_waiting(messages: Iterable[ShownMessage]) -> bool:
    """Whether a reply is still being made."""
    return any(message.status == Message.Status.PROCESSING for message in messages)


def _question(message: Message) -> ShownMessage:
    return ShownMessage(
        role=message.role,
        id=message.id,
        conversation_id=message.conversation_id,
        client_id=message.client_id or "",
        text=message.content,
    )


def _reply(message: Message, progress: Progress, questions: dict[uuid.UUID, str]) -> ShownMessage:
    text = message.content if message.is_finished else progress.text
    return ShownMessage(
        role=message.role,
        status=message.status,
        id=message.id,
        conversation_id=message.conversation_id,
        text=text,
        html=markdown.render(text),
        seq=None if message.is_finished else progress.seq,
        error=message.error_sentence,
        retryable=_is_worth_repeating(message),
        figures=figures(message),
        question=questions.get(message.parent_id, "") if message.parent_id else "",
        retry_client_id=uuid.uuid4(),
    )


def _is_worth_repeating(reply: Message) -> bool:
    if reply.status == Message.Status.FAILED:
        return is_retryable(reply)
    return reply.status == Message.Status.INTERRUPTED


def figures(message: Message) -> str:
    """Model, length, time, speed and cost in one line; the browser's twin is figures.js."""
    if not message.is_finished:
        return ""
    parts = [message.model]
    if message.output_tokens is not None:
        parts.append(f"{message.output_tokens} tokens")
    if message.processing_time_ms is not None:
        parts.append(f"{message.processing_time_ms / 1000:.1f} s")
    if message.tokens_per_second is not None:
        parts.append(f"{message.tokens_per_second:.0f} tok/s")
    if message.cost_usd:
        parts.append(f"${max(message.cost_usd, SHORTEST_COST_USD):.4f}")
    return " · ".join(part for part in parts if part)
