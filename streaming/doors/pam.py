"""The first generation's frames (``pam``) over the same engine; what is said differs, not what
is done (docs/older-clients.md).

Its clients know neither conversations nor cursors. A socket goes on with the conversation that
its first message began or named; one that comes back begins with nothing. Its deltas do not say
whose they are, so the replies of one socket are told one after the other.
"""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from chat.context import one_line
from chat.history import Versions
from chat.models import Message
from chat.payloads import error_told, figures, is_retryable
from chat.told import KEY, told_before
from streaming.chunks import Chunk, Entry
from streaming.doors import frames
from streaming.doors.consumers import ChatConsumer
from streaming.doors.following import Following
from streaming.doors.telling import Send, Telling, told_frame
from streaming.errors import BadFrame, InternalError, NotFound, Refused, UnknownType
from streaming.intake.submit import Acknowledged

SUBPROTOCOL = "pam"
UNDERSTOOD = ("chat", "stop", "ping")
# What both were called when everything was either near or far.
EDGE_SOURCES = ("cache", "edge")
PROCESSING = gettext_noop("Your message is being answered.")
# A new attempt says something else: its words are set off from those that are void.
OVER = "\n\n"


class PamConsumer(ChatConsumer):
    """One socket of a client of the first generation."""

    async def connect(self) -> None:
        self.subprotocol = SUBPROTOCOL if SUBPROTOCOL in self.scope["subprotocols"] else None
        self._conversation_id: uuid.UUID | None = None
        self._floor = asyncio.Lock()
        await super().connect()

    def _new_following(self) -> Following:
        return Following(
            self.channel_layer, self.channel_name, self.send, self.language, only_own=True
        )

    async def _hear_of_conversations(self) -> None:
        # There is no frame to tell of them.
        return

    def _parse(self, raw: dict[str, Any]) -> frames.Frame:
        if isinstance(raw.get("type"), str) and raw["type"] not in UNDERSTOOD:
            raise UnknownType
        if raw.get("stream") is None:
            raw = {**raw, "stream": False}
        return frames.parse({**raw, "conversation_id": self._conversation_named(raw)})

    def _conversation_named(self, raw: Mapping[str, Any]) -> str | None:
        """The id to go on with, checked like any other; null begins a new conversation."""
        if "conversation_id" in raw:
            return raw["conversation_id"]  # type: ignore[no-any-return]
        context = raw.get("context")
        named = context.get("conversation_id") if isinstance(context, dict) else None
        if named is None:
            return str(self._conversation_id) if self._conversation_id else None
        try:
            return str(uuid.UUID(named))
        except (TypeError, ValueError, AttributeError):
            # A name that is none of ours.
            raise NotFound from None

    async def _chat(self, frame: frames.Chat) -> None:
        try:
            await super()._chat(frame)
        except NotFound:
            if frame.conversation_id == self._conversation_id:
                # Deleted since: the next message begins another.
                self._conversation_id = None
            raise

    def _context_of(self, frame: frames.Chat) -> dict[str, Any]:
        history = frame.context.get("conversation_history")
        if not isinstance(history, list | None):
            raise BadFrame("conversation_history must be a list.")
        where = place(frame.context.get("userLocation"))
        told = {**frame.context, "location": where} if where else frame.context
        kept = super()._context_of(replace(frame, context=told))
        before = None if frame.conversation_id else told_before(history, frame.message)
        return {**kept, KEY: before} if before else kept

    def _telling(self, acknowledged: Acknowledged, *, stream: bool) -> Telling:
        self._conversation_id = acknowledged.reply.conversation_id
        telling = Deltas if stream else Response
        return telling(self.send, self.language, acknowledged.reply.id, self._floor)

    async def _tell_new(self, conversation: object) -> None:
        return

    def _refusal(self, error: Refused, raw: dict[str, Any]) -> dict[str, Any]:
        frame = super()._refusal(error, raw)
        return {**frame, "message": frame["detail"], "timestamp": _now()}

    async def drain(self) -> None:
        # The close that follows says it: there is no frame for it.
        return


def place(told: object) -> str:
    """Where the person is, in one line: from a text, a named place or coordinates."""
    if not isinstance(told, dict):
        return one_line(told)
    names = [one_line(told.get(name)) for name in ("name", "city", "region", "state", "country")]
    if any(names):
        return one_line(", ".join(dict.fromkeys(filter(None, names))))
    pairs = (("latitude", "longitude"), ("lat", "lng"), ("lat", "lon"))
    for latitude, longitude in pairs:
        values = (told.get(latitude), told.get(longitude))
        if all(isinstance(one, int | float) and abs(one) <= 180 for one in values):
            return f"{values[0]:.4f}, {values[1]:.4f}"
    return ""


class Response:
    """One reply in one frame, when it has ended."""

    def __init__(
        self, send: Send, language: str, message_id: uuid.UUID, floor: asyncio.Lock
    ) -> None:
        self._send = send
        self._language = language
        self._message_id = str(message_id)
        self._floor = floor
        self._text = ""

    async def begin(self, start: Chunk) -> None:
        return

    async def chunk(self, entry: Entry) -> None:
        match entry["kind"]:
            case "token":
                frame = orjson.loads(entry["frame"])
                self._text += frame["content"]
                await self._grown(frame["content"], frame["timestamp"])
            case "reset":
                self._start_over()
                self._text = ""
            case "end":
                frame = orjson.loads(entry["frame"])
                await self._completed(self._text, frame["metadata"], frame["timestamp"])
            case "error":
                frame = orjson.loads(told_frame(entry, self._language))
                await self._failed(frame["metadata"], frame["content"], frame["timestamp"])

    async def saved(self, message: Message, versions: Versions) -> None:
        ended_at = (message.finished_at or message.created_at).isoformat()
        if message.status != Message.Status.FAILED:
            await self._completed(message.content, figures(message), ended_at)
            return
        told = {"code": message.error_code, "retryable": is_retryable(message)}
        with translation.override(self._language):
            sentence = error_told(message)
        await self._failed(told, sentence, ended_at)

    async def broke_off(self) -> None:
        with translation.override(self._language):
            sentence = gettext(InternalError.sentence)
        await self._failed({"code": InternalError.code, "retryable": True}, sentence, _now())

    def close(self) -> None:
        return

    async def _grown(self, content: str, timestamp: str) -> None:
        return

    def _start_over(self) -> None:
        return

    async def _completed(self, text: str, metadata: Mapping[str, Any], timestamp: str) -> None:
        await self._say(
            "chat_response",
            timestamp,
            message=text,
            content=text,
            message_id=self._message_id,
            **_figures(metadata),
        )

    async def _failed(self, metadata: Mapping[str, Any], sentence: str, timestamp: str) -> None:
        """As a refused frame is told, and which reply it is about: one line closes it."""
        await self._say(
            "error",
            timestamp,
            code=metadata.get("code", InternalError.code),
            detail=sentence,
            message=sentence,
            message_id=self._message_id,
            retryable=bool(metadata.get("retryable")),
        )

    async def _say(self, kind: str, timestamp: str, **fields: Any) -> None:
        await self._send(orjson.dumps({"type": kind, **fields, "timestamp": timestamp}).decode())


class Deltas(Response):
    """One reply as it is written, and whole at its end."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        # What was shown of an attempt that is void, while the next one says the same.
        self._repeated = ""
        self._has_floor = False

    async def begin(self, start: Chunk) -> None:
        with translation.override(self._language):
            sentence = gettext(PROCESSING)
        await self._say(
            "chat_response_start",
            start.timestamp.isoformat(),
            message_id=self._message_id,
            status="processing",
            message=sentence,
        )

    async def _grown(self, content: str, timestamp: str) -> None:
        """Send what the text has more than was shown.

        After a reset the new attempt often begins with the same words: they are there already.
        Where it says something else, its text is sent from the beginning, set off.
        """
        if not self._repeated:
            await self._delta(content, timestamp)
        elif not self._repeated.startswith(self._text):
            is_same = self._text.startswith(self._repeated)
            more = self._text[len(self._repeated) :] if is_same else OVER + self._text
            self._repeated = ""
            await self._delta(more, timestamp)

    def _start_over(self) -> None:
        self._repeated = self._repeated or self._text

    async def _delta(self, content: str, timestamp: str) -> None:
        await self._take_floor()
        await self._say("chat_response_delta", timestamp, content=content)

    async def _completed(self, text: str, metadata: Mapping[str, Any], timestamp: str) -> None:
        await self._take_floor()
        await self._say(
            "chat_response_complete", timestamp, full_response=text, **_figures(metadata)
        )

    async def _take_floor(self) -> None:
        if not self._has_floor:
            await self._floor.acquire()
            self._has_floor = True

    def close(self) -> None:
        if self._has_floor:
            self._has_floor = False
            self._floor.release()


def _figures(metadata: Mapping[str, Any]) -> dict[str, Any]:
    source = "edge" if metadata.get("source") in EDGE_SOURCES else "cloud"
    return {"source": source, "processing_time_ms": metadata.get("processing_time_ms") or 0}


def _now() -> str:
    return datetime.now(UTC).isoformat()
