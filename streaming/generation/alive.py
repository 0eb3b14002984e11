"""Says that replies are being made, for as long as they are: an orphan is one that nobody does.

The queue alone cannot tell. An attempt that was overtaken ends its job, and with it the queue's
record of the attempt that overtook it.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable

from django.conf import settings
from redis.exceptions import RedisError

from streaming import redis as keys
from streaming.background import Background

logger = logging.getLogger("rivulet.alive")


def alive_seconds() -> float:
    """How long a sign of life counts."""
    return settings.WORKER_LEASE_SECONDS * 1.5


class Alive(Background):
    """One per worker process: repeats the sign of life of each of its replies."""

    def __init__(self, running: Callable[[], Iterable[uuid.UUID]]) -> None:
        self._running = running

    async def run(self) -> None:
        while True:
            await asyncio.sleep(settings.WORKER_LEASE_SECONDS / 4)
            try:
                await self._repeat(list(self._running()))
            except RedisError as error:
                logger.warning("no sign of life: %s", type(error).__name__)

    async def _repeat(self, message_ids: list[uuid.UUID]) -> None:
        if message_ids:
            pipeline = keys.client().pipeline(transaction=False)
            for message_id in message_ids:
                pipeline.set(keys.alive_key(message_id), "1", px=int(alive_seconds() * 1000))
            await pipeline.execute()
