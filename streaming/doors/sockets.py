"""The sockets of this process: whether their sessions still hold, whether they have missed a
message, and whether they must leave."""

import asyncio
import contextvars
import logging
from datetime import UTC, datetime, timedelta
from typing import Protocol

from channels.db import database_sync_to_async

from chat.history import newest_of
from chat.sessions import SignIn, still_valid
from streaming.doors.following import Following

# So long after signing out, a new password or being deactivated a socket may still hear.
CHECK_SECONDS = 5.0
CHECK_AT_ONCE = 500
CLOSE_SECONDS = 0.5
# What was said later than this may still be on its way through the group.
RING_SECONDS = 2.0

logger = logging.getLogger("rivulet.socket")


class Socket(Protocol):
    sign_in: SignIn

    @property
    def following(self) -> Following | None: ...

    async def drain(self) -> None: ...

    async def sign_out(self) -> None: ...


class Sockets:
    """What the server and the doors share: one per process."""

    def __init__(self) -> None:
        self.open: set[Socket] = set()
        # Once true, stays true: `/readyz` says so, and no new socket is accepted.
        self.draining = False
        self._checking: asyncio.Task[None] | None = None

    def add(self, socket: Socket) -> None:
        """Note an open socket; while there are any, they are looked at from time to time."""
        self.open.add(socket)
        if self._checking is None or self._checking.done():
            # It outlives the request that may have begun it.
            self._checking = asyncio.create_task(
                self._check(), name="check sockets", context=contextvars.Context()
            )

    async def _check(self) -> None:
        while self.open:
            await asyncio.sleep(CHECK_SECONDS)
            sockets = list(self.open)
            try:
                for start in range(0, len(sockets), CHECK_AT_ONCE):
                    some = sockets[start : start + CHECK_AT_ONCE]
                    await self._sign_out_ended(some)
                    await self._show_unheard(some)
            except Exception as error:
                # Whatever it is: while nobody looks, no session ends here.
                logger.warning("sessions are checked again later: %s", type(error).__name__)

    async def _sign_out_ended(self, sockets: list[Socket]) -> None:
        valid = await database_sync_to_async(still_valid)([socket.sign_in for socket in sockets])
        ended = [socket for socket in sockets if socket.sign_in not in valid]
        closing = [asyncio.wait_for(socket.sign_out(), CLOSE_SECONDS) for socket in ended]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _show_unheard(self, sockets: list[Socket]) -> None:
        # A group message may be lost, and of a reply that nobody here has met all of them: no
        # later chunk shows the gap.
        open_ones = [one.following for one in sockets if one.following]
        asked = {conversation_id for one in open_ones for conversation_id in one.conversations}
        if not asked:
            return
        before = datetime.now(UTC) - timedelta(seconds=RING_SECONDS)
        newest = await database_sync_to_async(newest_of)(asked, before=before)
        shown = [
            one.show_newest(conversation_id, message_id)
            for one in open_ones
            for conversation_id in one.conversations
            if (message_id := newest.get(conversation_id))
        ]
        for result in await asyncio.gather(*shown, return_exceptions=True):
            if isinstance(result, Exception):
                logger.warning("shown later: %s", type(result).__name__)


sockets = Sockets()
