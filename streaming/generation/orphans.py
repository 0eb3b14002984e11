"""Looks, from time to time, for replies that nobody works on."""

import asyncio
import logging
from collections.abc import Sequence

from channels.db import database_sync_to_async
from django.conf import settings
from docket import Docket

from chat.models import Message
from streaming import redis as keys
from streaming.background import Background
from streaming.intake.memory import remember
from streaming.intake.orphans import accepted_before, look_after

UNFINISHED_MAX = 10_000

logger = logging.getLogger("rivulet.orphans")


class Orphans(Background):
    """One per worker process: owns the task that looks; one worker of all does it at a time."""

    def __init__(self, docket: Docket) -> None:
        self._docket = docket

    async def run(self) -> None:
        while True:
            try:
                if await self._is_my_turn():
                    await remember()
                    for reply in await _unfinished():
                        await look_after(self._docket, reply)
            except Exception as error:
                # Whatever it is: a worker whose own task ends gives up all its replies.
                logger.warning("looking for orphans again later: %s", type(error).__name__)
            # Twice in the time after which a suspicion is acted upon.
            await asyncio.sleep(settings.WORKER_LEASE_SECONDS / 2)

    async def _is_my_turn(self) -> bool:
        # Expires by itself a little before the next look, whoever takes that one.
        milliseconds = int(settings.WORKER_LEASE_SECONDS * 450)
        return bool(await keys.client().set(keys.orphans_key(), "1", px=milliseconds, nx=True))


def _read_unfinished() -> Sequence[Message]:
    return list(
        Message.objects.filter(
            status=Message.Status.PROCESSING, created_at__lt=accepted_before()
        ).order_by("created_at")[:UNFINISHED_MAX]
    )


_unfinished = database_sync_to_async(_read_unfinished)
