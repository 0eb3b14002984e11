"""Reading one reply over HTTP: for a response that lasts as long as the reply does.

Pages, event streams and JSON answers read the same log with the same follower. What may happen
meanwhile is handled here: silence, a process that leaves, a session that ends, Redis that is
away, a reply that takes too long.
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from enum import StrEnum
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from redis.exceptions import RedisError

from chat.models import Message
from chat.sessions import SignIn
from chat.submissions import SignedOut
from streaming import redis as keys
from streaming.background import end_all
from streaming.chunks import CLOSING, Entry
from streaming.delivery.follow import Follow, LogLost
from streaming.doors.following import Following
from streaming.doors.hearing import hearing
from streaming.doors.silence import is_finished
from streaming.doors.sockets import sockets
from streaming.errors import Busy, NotFound

# Shorter than any proxy waits for the next byte.
HEARTBEAT_SECONDS = 15.0
# Nothing is held open for ever; its reader may ask again.
READING_SECONDS_MAX = 900.0
# The part of WEB_DRAIN_SECONDS that an answer may still take when its web process leaves.
DRAIN_SHARE = 0.7
# An answer's closing chunk may be ahead of its row.
SAVED_SECONDS = 5.0
SAVED_STEP_SECONDS = 0.1
PING_SECONDS = 3.0
AGAIN_SECONDS = 2.0

logger = logging.getLogger("rivulet.reading")


class BrokenOff(StrEnum):
    """Why somebody's reading ends before the reply does."""

    LEAVING = "leaving"
    TOO_LONG = "too_long"
    SIGNED_OUT = "signed_out"
    DELETED = "deleted"
    UNREACHABLE = "unreachable"


class Reading:
    """One reader of one reply.

    One of this process' sockets, for they all must hear when it leaves or the session ends.
    With a ``drain_share`` the reply may still take that part of WEB_DRAIN_SECONDS then.
    One that is ``patient`` waits for Redis as long as for the reply.
    ``broken_off`` tells afterwards why there is no closing chunk; with neither of both only the
    database knows the rest.
    """

    following: Following | None = None

    def __init__(
        self,
        reply_id: uuid.UUID,
        conversation_id: uuid.UUID,
        sign_in: SignIn,
        *,
        after: int = -1,
        drain_share: float = DRAIN_SHARE,
        patient: bool = False,
    ) -> None:
        self.sign_in = sign_in
        self._reply_id = str(reply_id)
        self._conversation_id = conversation_id
        self._drain_share = drain_share
        self._patient = patient
        self._follow = Follow(reply_id, after, is_finished=is_finished)
        self._broken_off: asyncio.Future[BrokenOff] = asyncio.get_running_loop().create_future()

    @property
    def cursor(self) -> int:
        """The last ``seq`` that was read."""
        return self._follow.cursor

    @property
    def broken_off(self) -> BrokenOff | None:
        return self._broken_off.result() if self._broken_off.done() else None

    async def drain(self) -> None:
        """The web process leaves."""
        if self._drain_share:
            seconds = settings.WEB_DRAIN_SECONDS * self._drain_share
            self._break_off_in(seconds, BrokenOff.LEAVING)
        else:
            self.break_off(BrokenOff.LEAVING)

    async def sign_out(self) -> None:
        """The session has ended, or the key was revoked."""
        self.break_off(BrokenOff.SIGNED_OUT)

    def break_off(self, reason: BrokenOff) -> None:
        """End the reading; the reply goes on."""
        if not self._broken_off.done():
            self._broken_off.set_result(reason)

    def _break_off_in(self, seconds: float, reason: BrokenOff) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self.break_off, reason)

    async def entries(self) -> AsyncGenerator[Entry | None, None]:
        """Each entry once, in order, the closing one last; None where a heartbeat is due.

        Close it when its reader leaves (`contextlib.aclosing`): it then ends at once.
        """
        sockets.add(self)
        timer = self._break_off_in(READING_SECONDS_MAX, BrokenOff.TOO_LONG)
        if sockets.draining:
            await self.drain()
        try:
            async with (
                hearing(self._conversation_id, self._hear),
                aclosing(self._coming()) as coming,
            ):
                async for entry in coming:
                    yield entry
        finally:
            timer.cancel()
            sockets.open.discard(self)

    def _hear(self, message: Any) -> None:
        if message["type"] == "reply.chunk" and message["message_id"] == self._reply_id:
            self._follow.offer(message)

    async def _coming(self) -> AsyncGenerator[Entry | None, None]:
        entries = aiter(self._follow)
        coming: asyncio.Task[Entry | None] | None = None
        try:
            while not self._broken_off.done():
                coming = coming or asyncio.create_task(_next(entries), name="next of a reading")
                either: set[asyncio.Future[Any]] = {coming, self._broken_off}
                await asyncio.wait(
                    either, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if coming.done():
                    entry, coming = coming.result(), None
                    if entry is None:
                        return
                    yield entry
                    if entry["kind"] in CLOSING:
                        return
                elif not self._broken_off.done():
                    yield None
                    if not self._patient:
                        await self._check_redis()
        finally:
            if coming is not None:
                await end_all([coming])
            await entries.aclose()  # type: ignore[attr-defined]

    async def _check_redis(self) -> None:
        # The follower waits for Redis as long as it takes: its reader should be told.
        try:
            async with asyncio.timeout(PING_SECONDS):
                await keys.client().ping()
        except (RedisError, TimeoutError) as error:
            logger.warning("a reading ends without its reply: %s", type(error).__name__)
            self.break_off(BrokenOff.UNREACHABLE)


async def _next(entries: AsyncIterator[Entry]) -> Entry | None:
    """None after the last, and where only the database knows the rest."""
    try:
        return await anext(entries, None)
    except LogLost:
        return None


async def whole(reply_id: uuid.UUID, conversation_id: uuid.UUID, sign_in: SignIn) -> Message:
    """Wait for the end of a reply; gives its saved row, however it ended.

    Raises SignedOut; NotFound where it was deleted; Busy where this process or Redis leaves
    before its end: the reply goes on, and the same request, repeated with its ``client_id``,
    finds it.
    """
    reading = Reading(reply_id, conversation_id, sign_in, after=0)
    async with aclosing(reading.entries()) as entries:
        async for _entry in entries:
            pass
    if reading.broken_off is BrokenOff.SIGNED_OUT:
        raise SignedOut
    if reading.broken_off:
        raise Busy(detail=reading.broken_off, retry_after=AGAIN_SECONDS)
    return await saved(reply_id)


async def saved(reply_id: uuid.UUID) -> Message:
    """The row of a reply that has ended. Raises NotFound, and Busy where it is not saved yet."""
    for _again in range(int(SAVED_SECONDS / SAVED_STEP_SECONDS)):
        message: Message | None = await _load(reply_id)
        if message is None:
            raise NotFound
        if message.is_finished:
            return message
        await asyncio.sleep(SAVED_STEP_SECONDS)
    raise Busy(retry_after=AGAIN_SECONDS)


def _load_now(reply_id: uuid.UUID) -> Message | None:
    return Message.objects.filter(id=reply_id).first()


_load = database_sync_to_async(_load_now)
