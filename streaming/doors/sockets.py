"""The sockets of this process: whether their sessions still hold, and whether they must leave."""

import asyncio
import logging
from typing import Protocol

from channels.db import database_sync_to_async
from django.db import DatabaseError

from chat.sessions import SignIn, still_valid

# So long after signing out, a new password or being deactivated a socket may still hear.
CHECK_SECONDS = 5.0
CHECK_AT_ONCE = 500
CLOSE_SECONDS = 0.5

logger = logging.getLogger("rivulet.socket")


class Socket(Protocol):
    sign_in: SignIn

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
        """Note an open socket; while there are any, their sessions are looked at."""
        self.open.add(socket)
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check(), name="check sessions")

    async def _check(self) -> None:
        while self.open:
            await asyncio.sleep(CHECK_SECONDS)
            sockets = list(self.open)
            try:
                for start in range(0, len(sockets), CHECK_AT_ONCE):
                    await self._sign_out_ended(sockets[start : start + CHECK_AT_ONCE])
            except DatabaseError as error:
                logger.warning("sessions are checked again later: %s", type(error).__name__)

    async def _sign_out_ended(self, sockets: list[Socket]) -> None:
        valid = await database_sync_to_async(still_valid)([socket.sign_in for socket in sockets])
        ended = [socket for socket in sockets if socket.sign_in not in valid]
        closing = [asyncio.wait_for(socket.sign_out(), CLOSE_SECONDS) for socket in ended]
        await asyncio.gather(*closing, return_exceptions=True)


sockets = Sockets()
