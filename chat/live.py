"""Where a reply that is still being made is read from: `streaming` puts its reader here.

`chat` renders pages and knows nothing of streams; this is the one opening between them.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chat.models import Message


@dataclass(frozen=True, slots=True)
class Progress:
    """A reply's text so far, the ``seq`` to go on from, and what the model thought."""

    text: str
    seq: int
    thinking: str = ""


Reader = Callable[[Iterable[uuid.UUID]], dict[uuid.UUID, Progress]]
_reader: Reader | None = None


def install(reader: Reader) -> None:
    """Name the function that reads replies in progress. Called once, at the start."""
    global _reader
    _reader = reader


def progress(messages: Iterable[Message]) -> dict[uuid.UUID, Progress]:
    """The progress of those of ``messages`` that are still being made."""
    unfinished = [message.id for message in messages if not message.is_finished]
    if not unfinished or _reader is None:
        return {}
    return _reader(unfinished)
