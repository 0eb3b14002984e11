"""The frames a browser sends, checked and typed."""

import uuid
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.translation import gettext_noop

from chat.submissions import Place
from streaming.chunks import SEQ_MAX
from streaming.errors import BadFrame, MessageTooLong, UnknownType

# Far beyond the longest message, even where each character is escaped.
FRAME_CHARS_MAX = 512 * 1024


@dataclass(frozen=True, slots=True)
class Chat:
    """``after`` is the reply that the message follows, where not the last one that is shown.

    ``assistant_id`` is for a new conversation; ``context`` is what the app tells, unchecked.
    """

    message: str
    client_id: str
    conversation_id: uuid.UUID | None
    stream: bool
    model: str
    after: uuid.UUID | Place
    assistant_id: uuid.UUID | None
    context: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Regenerate:
    """``message_id`` is the reply that another version is wanted of."""

    message_id: uuid.UUID
    client_id: str
    model: str


@dataclass(frozen=True, slots=True)
class Continue:
    message_id: uuid.UUID
    client_id: str


@dataclass(frozen=True, slots=True)
class Select:
    message_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Open:
    """``after`` is the last message the page has: later ones are sent."""

    conversation_id: uuid.UUID
    after: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Resume:
    message_id: uuid.UUID
    after: int


@dataclass(frozen=True, slots=True)
class Stop:
    message_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Frame = Chat | Regenerate | Continue | Select | Open | Resume | Stop | Ping


def decode(text: str | None) -> dict[str, Any]:
    """The frame's JSON object. Raises BadFrame, MessageTooLong."""
    if text is None:
        raise BadFrame("Frames must be text, not binary.")
    if len(text) > FRAME_CHARS_MAX:
        raise MessageTooLong(
            gettext_noop("A frame may have at most {limit} characters."), limit=FRAME_CHARS_MAX
        )
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        # Lone surrogates end here too: they are no text.
        raise BadFrame("The frame is not valid JSON.") from None
    if not isinstance(frame, dict):
        raise BadFrame("The frame is not a JSON object.")
    return frame


def parse(frame: dict[str, Any]) -> Frame:
    """The typed frame. Unknown fields are ignored. Raises BadFrame, UnknownType."""
    match frame.get("type"):
        case "chat":
            return _chat(frame)
        case "regenerate":
            return Regenerate(
                _id(frame, "message_id"), _client_id(frame), _text(frame, "model", default="")
            )
        case "continue":
            return Continue(_id(frame, "message_id"), _client_id(frame))
        case "select":
            return Select(_id(frame, "message_id"))
        case "open":
            return Open(_id(frame, "conversation_id"), _optional_id(frame, "after"))
        case "resume":
            return Resume(_id(frame, "message_id"), _cursor(frame))
        case "stop":
            return Stop(_id(frame, "message_id"))
        case "ping":
            return Ping()
        case str():
            raise UnknownType
        case _:
            raise BadFrame("The frame has no type.")


def _chat(frame: dict[str, Any]) -> Chat:
    context = frame.get("context")
    if context is not None and not isinstance(context, dict):
        raise BadFrame("context must be an object.")
    stream = frame.get("stream", True)
    if not isinstance(stream, bool):
        raise BadFrame("stream must be true or false.")
    return Chat(
        message=_text(frame, "message"),
        client_id=_client_id(frame),
        conversation_id=_optional_id(frame, "conversation_id"),
        stream=stream,
        model=_text(frame, "model", default=""),
        after=_after(frame),
        assistant_id=_optional_id(frame, "assistant_id"),
        context=context or {},
    )


def _client_id(frame: dict[str, Any]) -> str:
    # Without one the send cannot be repeated safely, but it can be made.
    return _text(frame, "client_id", default=uuid.uuid4().hex)


def _after(frame: dict[str, Any]) -> uuid.UUID | Place:
    """Where a message goes: to the end without ``parent_id``, to the beginning where it is null."""
    if "parent_id" not in frame:
        return Place.END
    return _optional_id(frame, "parent_id") or Place.BEGINNING


def _text(frame: dict[str, Any], name: str, default: str | None = None) -> str:
    value = frame.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise BadFrame(f"{name} must be a text.")
    return value


def _id(frame: dict[str, Any], name: str) -> uuid.UUID:
    value = frame.get(name)
    try:
        if not isinstance(value, str):
            raise ValueError
        return uuid.UUID(value)
    except ValueError:
        raise BadFrame(f"{name} must be a UUID.") from None


def _optional_id(frame: dict[str, Any], name: str) -> uuid.UUID | None:
    return None if frame.get(name) is None else _id(frame, name)


def _cursor(frame: dict[str, Any]) -> int:
    after = frame.get("after", -1)
    if not isinstance(after, int) or isinstance(after, bool) or not -1 <= after <= SEQ_MAX:
        raise BadFrame("after must be a whole number, -1 or larger.")
    return after
