"""The job queue: Docket over a Redis stream. A job's key is the id of the reply it makes."""

import asyncio
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from docket import Docket
from docket._redis import RedisConnection
from docket.execution import Disposition

from streaming import redis as keys
from streaming.loops import OfLoop

JOB = "answer"
# How long Docket remembers a finished job; the reply's own state is in the database.
DONE_TTL = timedelta(seconds=60)

AnyDocket = TypeVar("AnyDocket", bound=Docket)


class Connection(RedisConnection):
    """Docket's way to Redis, with errors that it knows, and with patience where that is given.

    Docket's worker leaves its loop at the first error, and takes no job and renews no lease
    until all its running jobs have ended: one broken connection, and what is alive is made a
    second time elsewhere. So a worker's commands wait for Redis. Repeating them is safe: what a
    lost answer held stays pending and is delivered again, and the scripts that end a job look
    whether it has ended.
    """

    def __init__(self, url: str, patience: keys.Patience | None = None) -> None:
        super().__init__(url)
        self._patience = patience

    async def _connection_pool_from_url(
        self, decode_responses: bool = False, protocol: int | None = None
    ) -> Any:
        pool = keys.translated(await super()._connection_pool_from_url(decode_responses, protocol))
        if self._patience:
            pool.connection_kwargs["retry"] = self._patience
        return pool


class WebsDocket(Docket):
    """The docket that jobs are put into."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._redis = Connection(settings.REDIS_URL)


class WorkersDocket(Docket):
    """The docket that a worker takes its jobs from."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.patience = keys.Patience()
        self._redis = Connection(settings.REDIS_URL, self.patience)


def make_docket(kind: type[AnyDocket]) -> AnyDocket:
    """A docket that is not connected yet; the worker registers its function under JOB."""
    return kind(
        name=keys.docket_name(),
        url=settings.REDIS_URL,
        heartbeat_interval=timedelta(seconds=settings.WORKER_LEASE_SECONDS / 5),
        execution_ttl=DONE_TTL,
    )


async def _answered_by_a_worker(reply_id: str) -> None:
    raise RuntimeError("jobs are run by `manage.py run_worker`")


async def _open() -> Docket:
    docket = make_docket(WebsDocket)
    docket.register(_answered_by_a_worker, names=[JOB])
    return await docket.__aenter__()


_opening = OfLoop(lambda: asyncio.create_task(_open(), name="open job queue"))


async def own_docket() -> Docket:
    """The event loop's own docket, for adding jobs."""
    return await asyncio.shield(_opening())


async def enqueue(reply_ids: Sequence[uuid.UUID]) -> None:
    """Queue these replies to be made; one that is still queued is not queued twice.

    Docket forgets a key when a worker takes the job, so a reply that is being made must not be
    queued again. Raises RedisError, and RuntimeError when one could not be queued.
    """
    docket = await own_docket()
    calls = [docket.call(JOB, key=str(reply_id))(str(reply_id)) for reply_id in reply_ids]
    executions = await docket.add_many(calls)
    placed = {Disposition.SCHEDULED, Disposition.ALREADY_SCHEDULED}
    if any(execution.disposition not in placed for execution in executions):
        raise RuntimeError("a job could not be queued")


async def close() -> None:
    """Disconnect the event loop's docket."""
    opening = _opening.give_up()
    if opening is not None:
        await (await opening).__aexit__(None, None, None)
