"""How one reply is put into frames: what a dialect of the socket says of each of its chunks."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import orjson
from channels.db import database_sync_to_async
from django.utils import translation

from chat.history import ALONE, Versions
from chat.models import Message
from chat.payloads import message_payload
from streaming.chunks import Chunk, Entry, told
from streaming.errors import Refused

Send = Callable[[str], Awaitable[None]]

# What a reader of the whole text is not told.
_ON_THE_WAY = ("token", "metadata", "reset")


class Telling(Protocol):
    """Tells one reply on one socket. Each method sends what it has to say."""

    async def begin(self, start: Chunk) -> None:
        """It was acknowledged here."""

    async def chunk(self, entry: Entry) -> None:
        """The next one after ``start``; they come in order, without a hole."""

    async def saved(self, message: Message, versions: Versions) -> None:
        """The whole finished reply, where its log is no more; nothing follows."""

    async def broke_off(self) -> None:
        """Nothing follows, for a mistake of ours."""

    def close(self) -> None:
        """The last call, also where the reader has gone."""


class Native:
    """Every chunk, as it stands in the log."""

    def __init__(self, send: Send, language: str) -> None:
        self._send = send
        self._language = language

    async def begin(self, start: Chunk) -> None:
        await self._send(start.frame())

    async def chunk(self, entry: Entry) -> None:
        await self._send(told_frame(entry, self._language))

    async def saved(self, message: Message, versions: Versions) -> None:
        with translation.override(self._language):
            frame = message_frame(message, versions)
        await self._send(frame)

    async def broke_off(self) -> None:
        # What the group brings next begins anew, from the log.
        return

    def close(self) -> None:
        return


class Whole(Native):
    """No tokens, but the whole text with the end."""

    async def chunk(self, entry: Entry) -> None:
        if entry["kind"] == "end":
            await self._send(await _with_text(entry))
        elif entry["kind"] not in _ON_THE_WAY:
            await super().chunk(entry)


def message_frame(message: Message, versions: Versions = ALONE) -> str:
    """A whole message, for the owner of its conversation."""
    payload = message_payload(message, versions)
    return orjson.dumps({"type": "message", "message": payload}).decode()


def told_frame(entry: Entry, language: str) -> str:
    """The entry's frame; an error's sentence is in the reader's language."""
    if entry["kind"] != "error":
        return entry["frame"]
    with translation.override(language):
        return told(entry)


def refusal_frame(error: Refused, raw: dict[str, Any], language: str) -> dict[str, Any]:
    """What is told of a frame that was not accepted."""
    with translation.override(language):
        frame: dict[str, Any] = {"type": "error", "code": error.code, "detail": error.told()}
    if error.retry_after is not None:
        frame["retry_after"] = error.retry_after
    client_id = raw.get("client_id")
    if isinstance(client_id, str):
        frame["client_id"] = client_id
    return frame


async def _with_text(entry: Entry) -> str:
    """An ``end`` that carries the whole text, which was saved before it was appended."""
    frame = orjson.loads(entry["frame"])
    frame["content"] = await _saved_text(uuid.UUID(entry["message_id"]))
    return orjson.dumps(frame).decode()


def _load_text(message_id: uuid.UUID) -> str:
    return Message.objects.filter(id=message_id).values_list("content", flat=True).first() or ""


_saved_text = database_sync_to_async(_load_text)
