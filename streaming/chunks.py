"""The vocabulary of a reply's stream: pure values, encoded once and forwarded unchanged."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NotRequired, TypedDict

import msgpack
import orjson
from django.utils.translation import gettext, gettext_noop

from streaming.errors import NotFound

ChunkType = Literal[
    "start", "token", "tool_call", "tool_result", "metadata", "reset", "end", "error"
]
CHUNK_TYPES: tuple[ChunkType, ...] = (
    "start",
    "token",
    "tool_call",
    "tool_result",
    "metadata",
    "reset",
    "end",
    "error",
)
# Exactly one of these is a reply's last chunk.
CLOSING: frozenset[str] = frozenset({"end", "error"})
# No reply comes near it; as a cursor it says "to the end, whatever its number was".
SEQ_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Chunk:
    """One step of a reply. ``seq`` counts 0, 1, 2 … without holes."""

    message_id: uuid.UUID
    conversation_id: uuid.UUID
    seq: int
    chunk_type: ChunkType
    content: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    timestamp: datetime = field(default_factory=lambda: datetime.now(UTC))

    def frame(self) -> str:
        """The JSON text that a browser receives."""
        return orjson.dumps(
            {
                "type": "stream",
                "chunk_type": self.chunk_type,
                "message_id": self.message_id,
                "conversation_id": self.conversation_id,
                "seq": self.seq,
                "content": self.content,
                "metadata": self.metadata,
                "timestamp": self.timestamp,
            }
        ).decode()


class Entry(TypedDict):
    """A chunk on its way to a reader: what the group carries, and what the log is read as.

    ``question`` stands in the first entry: the frame of the message that is being answered,
    for those who follow the conversation and did not send it.
    """

    type: Literal["reply.chunk"]
    message_id: str
    seq: int
    kind: ChunkType
    frame: str
    question: NotRequired[str]


def entry(chunk: Chunk, question: str | None = None) -> Entry:
    """The entry that carries this chunk."""
    made: Entry = {
        "type": "reply.chunk",
        "message_id": str(chunk.message_id),
        "seq": chunk.seq,
        "kind": chunk.chunk_type,
        "frame": chunk.frame(),
    }
    if question is not None:
        made["question"] = question
    return made


def told(one: Entry) -> str:
    """The frame for a reader: an error's sentence in the language that is active."""
    if one["kind"] != "error":
        return one["frame"]
    frame = orjson.loads(one["frame"])
    sentence = frame["content"]
    frame["content"] = gettext(sentence)
    return orjson.dumps(frame).decode()


def closing_of_deleted(message_id: uuid.UUID, conversation_id: uuid.UUID, seq: int) -> Chunk:
    """The last chunk of an unfinished reply whose conversation was deleted."""
    deleted = NotFound(gettext_noop("The conversation was deleted."))
    metadata = {"status": "failed", "code": deleted.code, "retryable": False}
    return Chunk(message_id, conversation_id, seq, "error", deleted.sentence, metadata)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def pack(chunk: Chunk, question: str | None = None) -> bytes:
    """What the log keeps of a chunk: a fifth of its frame, from which `unpack` makes it again."""
    packed: bytes = msgpack.packb(
        [
            chunk.chunk_type,
            chunk.content,
            (chunk.timestamp - EPOCH) // MICROSECOND,
            chunk.conversation_id.bytes,
            dict(chunk.metadata) or None,
            question,
        ]
    )
    return packed


def unpack(message_id: uuid.UUID, seq: int, packed: bytes) -> Entry:
    """The entry of a chunk that was kept, its frame byte for byte the one that was sent."""
    kind, content, microseconds, conversation, metadata, question = msgpack.unpackb(packed)
    chunk = Chunk(
        message_id,
        uuid.UUID(bytes=conversation),
        seq,
        kind,
        content,
        metadata or {},
        EPOCH + microseconds * MICROSECOND,
    )
    return entry(chunk, question)


def thinking_of(entries: list[Entry]) -> str:
    """What the model thought since the last ``reset``."""
    parts: list[str] = []
    for one in entries:
        if one["kind"] == "metadata":
            parts.append(orjson.loads(one["frame"])["metadata"].get("thinking", ""))
        elif one["kind"] == "reset":
            parts.clear()
    return "".join(parts)


def text_of(entries: list[Entry]) -> str:
    """The text since the last ``reset``: what the reply says so far."""
    parts: list[str] = []
    for one in entries:
        if one["kind"] == "token":
            parts.append(orjson.loads(one["frame"])["content"])
        elif one["kind"] == "reset":
            parts.clear()
    return "".join(parts)
