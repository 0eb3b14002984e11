"""Finds replies that nobody works on, and settles them.

A reply is an orphan when it is unfinished, older than a lease, has no job, and gives no
sign of life: its process died
before it queued one, its job failed, or Redis lost everything. With a log it is queued again
(a worker goes on from there, and gives up after some attempts); without one it ends as
interrupted, and the person may try again.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from docket import Docket
from docket.execution import ExecutionState
from redis.exceptions import RedisError

from chat.finish import Finished, finish
from chat.models import Message
from streaming import redis as keys
from streaming.background import Background
from streaming.delivery import log
from streaming.intake.jobs import JOB

UNFINISHED_MAX = 10_000
AT_WORK = {ExecutionState.SCHEDULED, ExecutionState.QUEUED, ExecutionState.RUNNING}

logger = logging.getLogger("rivulet.orphans")


class Orphans(Background):
    """One per worker process: owns the task that looks; one worker of all does it at a time."""

    def __init__(self, docket: Docket) -> None:
        self._docket = docket

    async def run(self) -> None:
        while True:
            try:
                if await self._is_my_turn():
                    await self.settle()
            except (RedisError, DatabaseError) as error:
                logger.warning("looking for orphans again later: %s", type(error).__name__)
            await asyncio.sleep(settings.WORKER_LEASE_SECONDS)

    async def _is_my_turn(self) -> bool:
        # Expires by itself a little before the next look, whoever takes that one.
        milliseconds = int(settings.WORKER_LEASE_SECONDS * 900)
        return bool(await keys.client().set(keys.orphans_key(), "1", px=milliseconds, nx=True))

    async def settle(self) -> None:
        """Look, and look again at what seemed abandoned. Raises RedisError, DatabaseError."""
        before = datetime.now(UTC) - timedelta(seconds=settings.WORKER_LEASE_SECONDS)
        suspects = [one for one in await _unfinished(before) if await self._is_orphan(one)]
        if not suspects:
            return
        # Redis may just have lost what it knew; a living worker says so again soon.
        await asyncio.sleep(settings.WORKER_LEASE_SECONDS / 2)
        ids = {reply.id for reply in suspects}
        for reply in await _unfinished(before):
            if reply.id in ids and await self._is_orphan(reply):
                await self._settle(reply)

    async def _is_orphan(self, reply: Message) -> bool:
        execution = await self._docket.get_execution(str(reply.id))
        if execution is not None and execution.state in AT_WORK:
            return False
        return not await keys.client().exists(keys.alive_key(reply.id))

    async def _settle(self, reply: Message) -> None:
        if (await log.tail(keys.client(), reply.id)).seq >= 0:
            logger.warning("reply %s: queued again", reply.id)
            await self._docket.add(JOB, key=str(reply.id))(str(reply.id))
        else:
            logger.warning("reply %s: interrupted, nothing is left of it", reply.id)
            await _finish([interrupted(reply)])


def interrupted(reply: Message) -> Finished:
    """The end of a reply whose log is lost and that nobody makes."""
    return Finished(
        id=reply.id,
        attempt=reply.attempts,
        status=Message.Status.INTERRUPTED,
        content=reply.content,
        finished_at=datetime.now(UTC),
    )


def _read_unfinished(before: datetime) -> Sequence[Message]:
    return list(
        Message.objects.filter(status=Message.Status.PROCESSING, created_at__lt=before).order_by(
            "created_at"
        )[:UNFINISHED_MAX]
    )


_unfinished = database_sync_to_async(_read_unfinished)
_finish = database_sync_to_async(finish)
