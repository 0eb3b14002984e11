"""Settles a reply that nobody works on: its process died before it queued one, its job failed,
or Redis lost everything.

Such an orphan is unfinished, older than a lease, has no job, and gives no sign of life. With a
log it is queued again (a worker goes on from there, and gives up after some attempts); without
one it ends as interrupted, and the person may try again.
"""

import logging
from datetime import UTC, datetime, timedelta

from channels.db import database_sync_to_async
from django.conf import settings
from docket import Docket
from docket.execution import ExecutionState

from chat.finish import Finished, finish
from chat.models import Message
from streaming import redis as keys
from streaming.delivery import log
from streaming.intake.jobs import JOB

AT_WORK = {ExecutionState.SCHEDULED, ExecutionState.QUEUED, ExecutionState.RUNNING}
# How long a suspicion is remembered.
SUSPECT_MS = 60_000

logger = logging.getLogger("rivulet.orphans")

_finish = database_sync_to_async(finish)


def accepted_before() -> datetime:
    """What was accepted later cannot be an orphan yet."""
    return datetime.now(UTC) - timedelta(seconds=settings.WORKER_LEASE_SECONDS)


async def look_after(docket: Docket, reply: Message) -> None:
    """Settle this unfinished reply if it is an orphan, and was one half a lease ago.

    Whoever looks, in any process, looks with the same memory. Raises RedisError and
    DatabaseError.
    """
    if reply.created_at > accepted_before():
        return
    redis = keys.client()
    suspect = keys.suspect_key(reply.id)
    if await _is_looked_after(docket, reply):
        await redis.delete(suspect)
        return
    # Redis may just have lost what it knew: a living worker says so again soon.
    if await redis.set(suspect, "1", px=SUSPECT_MS, nx=True):
        return
    if SUSPECT_MS - await redis.pttl(suspect) > settings.WORKER_LEASE_SECONDS * 500:
        await _settle(docket, reply)
        await redis.delete(suspect)


async def _is_looked_after(docket: Docket, reply: Message) -> bool:
    if await keys.client().exists(keys.alive_key(reply.id)):
        return True
    execution = await docket.get_execution(str(reply.id))
    return execution is not None and execution.state in AT_WORK


async def _settle(docket: Docket, reply: Message) -> None:
    if (await log.tail(keys.client(), reply.id)).seq >= 0:
        logger.warning("reply %s: queued again", reply.id)
        await docket.add(JOB, key=str(reply.id))(str(reply.id))
    else:
        logger.warning("reply %s: interrupted, nothing is left of it", reply.id)
        interrupted = Finished(
            id=reply.id,
            attempt=reply.attempts,
            status=Message.Status.INTERRUPTED,
            content=reply.content,
            seams=reply.seams,
            finished_at=datetime.now(UTC),
        )
        await _finish([interrupted])
