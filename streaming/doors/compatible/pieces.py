"""A reply as a program reads it: pieces of text, then its end. What was said is not taken back."""

import asyncio
import contextvars
import logging
import uuid
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from channels.db import database_sync_to_async
from django.db import DatabaseError

from chat import passing
from chat.beginnings import Beginning
from chat.models import Message
from chat.payloads import figures, is_retryable
from chat.submissions import SignedOut
from streaming.doors.callers import Caller
from streaming.doors.compatible.wanted import Wanted
from streaming.doors.compatible.who import chosen
from streaming.doors.reading import BrokenOff, Reading, saved
from streaming.errors import Busy, Refused
from streaming.intake.submit import Acknowledged, submit

AGAIN_SECONDS = 2.0
STATUSES = {
    "provider_unavailable": 503,
    "provider_timeout": 503,
    "provider_rejected": 502,
    "blocked": 502,
    "budget_exceeded": 429,
    "not_found": 404,
}
INTERRUPTED = "The answer was interrupted. Please ask again."
BEGUN_ANEW = "The answer broke off and was begun anew in other words. Please ask again."

_thread = ThreadPoolExecutor(1, thread_name_prefix="passing")
_delete = database_sync_to_async(passing.forget, thread_sensitive=False, executor=_thread)
_deleting: set["asyncio.Task[None]"] = set()

logger = logging.getLogger("rivulet.compatible")


class ReplyFailed(Refused):
    """A reply that ended without being complete, as an answer to the request for it."""

    def __init__(
        self, sentence: str, code: str, *, is_final: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(sentence, retry_after=retry_after)
        self.failed_code = code
        self.failed_status = STATUSES.get(code, 500)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Ending:
    """How a reply ended: ``reason`` is stop, length or content_filter; ``model`` said it."""

    reason: str
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Ending":
        """From ``end.metadata``. Raises ReplyFailed where it is not the whole answer."""
        if told["status"] == Message.Status.INTERRUPTED:
            raise ReplyFailed(INTERRUPTED, "internal")
        known = ("length", "content_filter")
        reason = told["finish_reason"] if told["finish_reason"] in known else "stop"
        model = f"{told['provider']}:{told['model']}" if told["model"] else ""
        return cls(reason, model, **{name: n or 0 for name, n in told["usage"].items()})


class Heard:
    """What was passed on, and how much of it has not been said again since it was declared void."""

    def __init__(self) -> None:
        self._passed_on: list[str] = []
        self._owed = ""

    def reset(self) -> None:
        self._owed = "".join(self._passed_on)

    def hear(self, text: str) -> str:
        """What is new in it. Raises ReplyFailed where it is other words than were passed on."""
        known = min(len(self._owed), len(text))
        if self._owed[:known] != text[:known]:
            raise ReplyFailed(BEGUN_ANEW, "internal", retry_after=AGAIN_SECONDS)
        self._owed, new = self._owed[known:], text[known:]
        if new:
            self._passed_on.append(new)
        return new

    def check_whole(self) -> None:
        """Raises ReplyFailed where more was passed on than was said in the end."""
        if self._owed:
            raise ReplyFailed(BEGUN_ANEW, "internal", retry_after=AGAIN_SECONDS)


Piece = str | Ending | None


async def ask(wanted: Wanted, caller: Caller, *, address: str) -> Acknowledged:
    """Submit it as a conversation of its own. Raises Refused, SignedOut.

    Whoever leaves meanwhile leaves as from `pieces`.
    """
    model, assistant_id = await chosen(wanted.model)
    is_kept = caller.key is not None and caller.key.keeps_conversations
    submitting = asyncio.ensure_future(
        submit(
            caller.user.id,
            wanted.text,
            client_id=uuid.uuid4().hex,
            model=model,
            assistant_id=assistant_id,
            sign_in=caller.sign_in,
            address=address,
            beginning=Beginning(wanted.said, wanted.options, is_kept),
        )
    )
    try:
        return await asyncio.shield(submitting)
    except asyncio.CancelledError:
        submitting.add_done_callback(_forget_unread)
        raise


def _forget_unread(done: "asyncio.Future[Acknowledged]") -> None:
    # What is being accepted is accepted, whether anybody waits for it or not.
    if done.cancelled() or done.exception():
        return
    conversation = done.result().accepted.conversation
    if conversation.passes_at is not None:
        _forget(conversation.id)


async def pieces(acknowledged: Acknowledged, caller: Caller) -> AsyncGenerator[Piece, None]:
    """The text as it is made, None where a sign of life is due, at the end an Ending.

    Whoever leaves before it cannot come back: a conversation that nobody keeps is deleted then,
    as it is after the end, and its reply stopped. Raises Refused, SignedOut.
    """
    conversation = acknowledged.accepted.conversation
    try:
        async with aclosing(_read(acknowledged.reply, caller)) as read:
            async for piece in read:
                yield piece
    finally:
        if conversation.passes_at is not None:
            _forget(conversation.id)


async def _read(reply: Message, caller: Caller) -> AsyncGenerator[Piece, None]:
    reading = Reading(reply.id, reply.conversation_id, caller.sign_in)
    heard = Heard()
    async with aclosing(reading.entries()) as entries:
        async for entry in entries:
            if entry is None:
                yield None
                continue
            match entry["kind"]:
                case "token":
                    if new := heard.hear(orjson.loads(entry["frame"])["content"]):
                        yield new
                case "reset":
                    heard.reset()
                case "end":
                    heard.check_whole()
                    yield Ending.of(orjson.loads(entry["frame"])["metadata"])
                    return
                case "error":
                    raise _failure(orjson.loads(entry["frame"]))
    if reading.broken_off is BrokenOff.SIGNED_OUT:
        raise SignedOut
    if reading.broken_off:
        raise Busy(detail=reading.broken_off, retry_after=AGAIN_SECONDS)
    async for piece in _from_row(await saved(reply.id), heard):
        yield piece


async def _from_row(reply: Message, heard: Heard) -> AsyncGenerator[Piece, None]:
    """The rest, where the log cannot tell it any more."""
    heard.reset()
    if new := heard.hear(reply.content):
        yield new
    if reply.status == Message.Status.FAILED:
        final = not is_retryable(reply)
        raise ReplyFailed(reply.error_sentence, reply.error_code, is_final=final)
    heard.check_whole()
    yield Ending.of(figures(reply))


def _failure(frame: Mapping[str, Any]) -> ReplyFailed:
    told = frame["metadata"]
    return ReplyFailed(
        frame["content"],
        told["code"],
        is_final=not told["retryable"],
        retry_after=told.get("retry_after"),
    )


def _forget(conversation_id: uuid.UUID) -> None:
    # Not in the request's context: that ends now.
    task = asyncio.get_running_loop().create_task(
        _deleted(conversation_id), name="forget", context=contextvars.Context()
    )
    _deleting.add(task)
    task.add_done_callback(_deleting.discard)


async def _deleted(conversation_id: uuid.UUID) -> None:
    try:
        await _delete(conversation_id)
    except DatabaseError as error:
        # A worker does it later (generation/purge.py).
        logger.warning("a conversation passes later: %s", type(error).__name__)


async def gather(read: AsyncGenerator[Piece, None]) -> tuple[str, Ending]:
    """The whole text and its end. Raises what `pieces` does."""
    texts: list[str] = []
    async with aclosing(read):
        async for piece in read:
            if isinstance(piece, str):
                texts.append(piece)
            elif piece is not None:
                return "".join(texts), piece
    raise Busy(retry_after=AGAIN_SECONDS)
