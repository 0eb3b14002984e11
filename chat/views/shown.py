"""What the templates need to show a message."""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from chat import live, markdown
from chat.history import ALONE, Path, Versions
from chat.live import Progress
from chat.models import Feedback, Message, User
from chat.payloads import can_go_on, error_told, is_cut, is_retryable
from chat.views.details import BLANK, Details, details

NOT_STARTED = Progress(text="", seq=-1)


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
    thinking: str = ""
    seq: int | None = None
    error: str = ""
    retryable: bool = False
    details: Details = BLANK
    continuable: bool = False
    cut: bool = False
    parent_id: uuid.UUID | None = None
    versions: Versions = ALONE
    feedback: Feedback | None = None
    # A name for what is sent from here: pressed twice it is done once.
    send_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def is_reply(self) -> bool:
        return self.role == Message.Role.ASSISTANT

    @property
    def text_json(self) -> str:
        """The text as a JSON string: HTML alone would change line ends and control characters."""
        return json.dumps(self.text, ensure_ascii=False)


BLANKS = [ShownMessage(role=Message.Role.USER), ShownMessage(role=Message.Role.ASSISTANT)]


def shown(
    messages: list[Message],
    versions: Mapping[uuid.UUID, Versions] | None = None,
    reader: User | None = None,
) -> list[ShownMessage]:
    """The messages in order, replies in progress with their text up to now.

    With a ``reader`` also what that person thinks of them.
    """
    progress = live.progress(messages)
    feedback = _feedback(messages, reader) if reader else {}
    return [
        _reply(message, progress.get(message.id, NOT_STARTED), feedback.get(message.id), places)
        if message.is_reply
        else _question(message, places)
        for message, places in _numbered(messages, versions or {})
    ]


def _numbered(
    messages: list[Message], versions: Mapping[uuid.UUID, Versions]
) -> Iterable[tuple[Message, Versions]]:
    return ((message, versions.get(message.id, ALONE)) for message in messages)


def shown_path(path: Path, reader: User) -> list[ShownMessage]:
    """The messages of a path, for the owner of its conversation."""
    return shown(path.messages, path.versions, reader)


def _feedback(messages: list[Message], reader: User) -> dict[uuid.UUID, Feedback]:
    given = Feedback.objects.filter(
        person=reader, message__in=[message.id for message in messages if message.is_reply]
    )
    return {each.message_id: each for each in given}


def is_waiting(messages: Iterable[ShownMessage]) -> bool:
    """Whether a reply is still being made."""
    return any(message.status == Message.Status.PROCESSING for message in messages)


def _question(message: Message, versions: Versions) -> ShownMessage:
    return ShownMessage(
        role=message.role,
        id=message.id,
        conversation_id=message.conversation_id,
        client_id=message.client_id or "",
        text=message.content,
        parent_id=message.parent_id,
        versions=versions,
    )


def _reply(
    message: Message, progress: Progress, feedback: Feedback | None, versions: Versions
) -> ShownMessage:
    text = message.content if message.is_finished else progress.text
    return ShownMessage(
        role=message.role,
        status=message.status,
        id=message.id,
        conversation_id=message.conversation_id,
        client_id=message.client_id or "",
        text=text,
        html=markdown.render(text),
        thinking=message.thinking if message.is_finished else progress.thinking,
        seq=None if message.is_finished else progress.seq,
        error=error_told(message),
        retryable=_is_worth_repeating(message),
        continuable=can_go_on(message),
        cut=is_cut(message),
        details=details(message),
        parent_id=message.parent_id,
        versions=versions,
        feedback=feedback,
    )


def _is_worth_repeating(reply: Message) -> bool:
    if reply.status == Message.Status.FAILED:
        return is_retryable(reply)
    return reply.status == Message.Status.INTERRUPTED
