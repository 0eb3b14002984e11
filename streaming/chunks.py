"""The vocabulary of a reply's stream: pure values, encoded once and forwarded unchanged."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NotRequired, TypedDict

import orjson

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
    """A chunk on its way: one log entry and one group message, the same bytes.

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


def text_of(entries: list[Entry]) -> str:
    """The text since the last ``reset``: what the reply says so far."""
    parts: list[str] = []
    for one in entries:
        if one["kind"] == "token":
            parts.append(orjson.loads(one["frame"])["content"])
        elif one["kind"] == "reset":
            parts.clear()
    return "".join(parts)
