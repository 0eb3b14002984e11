"""One worker process: many replies at once, from the queue to their end.

Leaving, on SIGTERM or SIGINT:
1. No more jobs are taken; leases of the running ones go on being renewed.
2. Running replies get WORKER_DRAIN_SECONDS to end by themselves.
3. What is left is cancelled: its provider's connection is closed, its text so far is in the
   log, and its job is given back at once instead of when its lease runs out.
4. The process ends. A second signal skips the waiting.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import uuid
from datetime import timedelta

from django.conf import settings
from docket import Docket, Worker
from redis.exceptions import RedisError

from streaming import redis as keys
from streaming.background import Background, end_all
from streaming.delivery.publish import Publisher
from streaming.generation.alive import Alive
from streaming.generation.answer import Answerer
from streaming.generation.asking import Asker
from streaming.generation.discovery import Discovery
from streaming.generation.orphans import Orphans
from streaming.generation.purge import Purge
from streaming.generation.stops import Stops
from streaming.generation.titles import Titles
from streaming.intake.jobs import JOB, WorkersDocket, make_docket
from streaming.metrics.tally import Tally
from streaming.process import settle
from streaming.providers import registry

QUEUE_POLL = timedelta(milliseconds=500)
DRAIN_POLL_SECONDS = 0.05

logger = logging.getLogger("rivulet.worker")


async def run(concurrency: int) -> None:
    """Work until a signal comes. Raises when one of the worker's own tasks dies."""
    terminate = asyncio.Event()
    hurry = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: (hurry if terminate.is_set() else terminate).set())
    async with Publisher() as publisher, Stops() as stops, make_docket(WorkersDocket) as docket:
        asker = Asker()
        tally = Tally()
        titles = Titles(asker.breakers, tally)
        answerer = Answerer(publisher, stops, titles, tally, asker)
        docket.register(answerer.answer, names=[JOB])
        worker = Worker(
            docket,
            name=f"{socket.gethostname()}#{os.getpid()}#{uuid.uuid4().hex[:6]}",
            concurrency=concurrency,
            redelivery_timeout=timedelta(seconds=settings.WORKER_LEASE_SECONDS),
            reconnection_delay=timedelta(seconds=1),
            minimum_check_interval=QUEUE_POLL,
            # Nothing is scheduled for later.
            scheduling_resolution=timedelta(seconds=5),
            schedule_automatic_tasks=False,
        )
        # Making an SDK's client takes a second the first time: not a person's second.
        for model in settings.CHAT_MODELS.models:
            registry.provider(model.provider)
        settle()
        alive = Alive(answerer.running.values)
        orphans = Orphans(docket)
        purge = Purge()
        discovery = Discovery()
        beside: tuple[Background, ...] = (alive, orphans, titles, purge, discovery, tally)
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(worker)
            for part in beside:
                await stack.enter_async_context(part)
            working = asyncio.create_task(worker.run_forever(), name="worker")
            logger.info("worker ready, up to %d replies at once", concurrency)
            watched = (publisher, stops, *beside)
            await _until_told(terminate, working, *(part.task for part in watched))
            await _drain(worker, answerer, hurry)
            docket.patience.end()
            await _give_back(docket, worker, working, answerer)
    await registry.close_all()
    await keys.close()


async def _until_told(terminate: asyncio.Event, *tasks: "asyncio.Task[None]") -> None:
    told = asyncio.create_task(terminate.wait(), name="signals")
    done, _ = await asyncio.wait({told, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    for task in done - {told}:
        # A dead side task is a dead worker: its leases must run out.
        raise RuntimeError(f"{task.get_name()} has ended") from task.exception()


async def _drain(worker: Worker, answerer: Answerer, hurry: asyncio.Event) -> None:
    # Docket's own shutdown would stop renewing leases while replies still run.
    worker.concurrency = 0
    logger.info("draining: %d replies", len(answerer.running))
    deadline = asyncio.get_running_loop().time() + settings.WORKER_DRAIN_SECONDS
    # One poll more: a job that was just being fetched is not seen yet.
    await asyncio.sleep(QUEUE_POLL.total_seconds())
    while answerer.running and not hurry.is_set():
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(DRAIN_POLL_SECONDS)


async def _give_back(
    docket: Docket, worker: Worker, working: "asyncio.Task[None]", answerer: Answerer
) -> None:
    left = list(answerer.running)
    # First the loop: a job cancelled after it stays pending instead of being forgotten.
    working.cancel()
    await asyncio.sleep(0)
    await end_all([working, *left])
    if not left:
        return
    logger.info("giving back %d replies", len(left))
    try:
        await _release_leases(docket, worker)
    except RedisError as error:
        logger.warning("their leases must run out: %s", type(error).__name__)


async def _release_leases(docket: Docket, worker: Worker) -> None:
    """Make this worker's unfinished messages look abandoned for as long as a lease."""
    async with docket.redis() as redis:
        pending = await redis.xpending_range(
            docket.stream_key,
            docket.worker_group_name,
            min="-",
            max="+",
            count=10_000,
            consumername=worker.name,
        )
        ids = [row["message_id"] for row in pending]
        if ids:
            await redis.xclaim(
                docket.stream_key,
                docket.worker_group_name,
                worker.name,
                min_idle_time=0,
                message_ids=ids,
                idle=int(settings.WORKER_LEASE_SECONDS * 1000) + 1,
                justid=True,
            )
