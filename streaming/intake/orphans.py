"""Settles a reply that nobody works on: its process died before it queued one, its job failed,
or Redis lost everything.

Such an orphan is unfinished, older than a lease, has no job, and gives no sign of life. With a
log it is queued again (a worker goes on from there, and gives up after some attempts); so is one
that was never begun. If Redis may have lost what there was of it, it is not made a second time:
it ends as interrupted, and the person may try again.
"""

import logging
from datetime import UTC, datetime, timedelta

from channels.db import database_sync_to_async
from django.conf import settings
from docket import Docket
from docket.execution import ExecutionState

from chat.finish import Finished, finish
from chat.history import versions_of
from chat.models import Message
from chat.submissions import Accepted
from streaming import redis as keys
from streaming.delivery import log
from streaming.intake.jobs import JOB
from streaming.intake.memory import was_never_begun
from streaming.intake.starting import first_appends

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
    has_log = (await log.tail(keys.client(), reply.id)).seq >= 0
    if has_log or await was_never_begun(reply):
        if not has_log:
            await log.append(keys.client(), first_appends(await _accepted(reply)))
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


def _read_accepted(reply: Message) -> Accepted:
    question = Message.objects.select_related("conversation").get(children=reply)
    return Accepted(
        question,
        reply,
        question.conversation,
        repeated=True,
        question_versions=versions_of(question),
        reply_versions=versions_of(reply),
    )


_accepted = database_sync_to_async(_read_accepted)
