"""Deletes for good, from time to time, what people have deleted."""

import asyncio
import logging

from channels.db import database_sync_to_async

from chat.deletion import PURGED_AT_ONCE, purge
from streaming import redis as keys
from streaming.background import Background

EVERY_SECONDS = 15.0

logger = logging.getLogger("rivulet.purge")

_purge = database_sync_to_async(purge)


class Purge(Background):
    """One per worker process: owns the task that deletes; one worker of all does it at a time."""

    async def run(self) -> None:
        while True:
            purged = 0
            try:
                if await self._is_my_turn():
                    purged = await _purge()
            except Exception as error:
                # Whatever it is: a worker whose own task ends gives up all its replies.
                logger.warning("deleting again later: %s", type(error).__name__)
            if purged < PURGED_AT_ONCE:
                await asyncio.sleep(EVERY_SECONDS)

    async def _is_my_turn(self) -> bool:
        # Expires by itself a little before the next look, whoever takes that one.
        milliseconds = int(EVERY_SECONDS * 900)
        return bool(await keys.client().set(keys.purge_key(), "1", px=milliseconds, nx=True))
