"""The job: makes a reply, or finishes what an earlier attempt left.

The order at the end is fixed: save the row, append the closing chunk, let the queue forget the
job. Each step may be repeated by whoever takes over from a worker that dies between them.
"""

import asyncio
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from chat.finish import Finished, finish
from chat.history import reply_with_history
from chat.models import Message
from streaming import redis as keys
from streaming.batch import Batcher
from streaming.delivery.log import read_all
from streaming.delivery.publish import Publisher, Superseded
from streaming.generation import route
from streaming.generation.attempts import begin
from streaming.generation.ended import ended
from streaming.generation.stops import Stops
from streaming.generation.turn import Turn
from streaming.retry import insist

DATABASE_THREADS = 4

_threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")
_load = database_sync_to_async(reply_with_history, thread_sensitive=False, executor=_threads)
_finish = database_sync_to_async(finish, thread_sensitive=False, executor=_threads)

logger = logging.getLogger("rivulet.answer")


class Answerer:
    """Makes replies; one per worker process, for all its jobs at once."""

    def __init__(self, publisher: Publisher, stops: Stops) -> None:
        self._publisher = publisher
        self._stops = stops
        self.running: set[asyncio.Task[None]] = set()
        self._save: Batcher[Finished, bool] = Batcher("save", _save_together)

    async def answer(self, reply_id: str) -> None:
        """Make this reply. Safe to call again, in this worker or another."""
        task = asyncio.current_task()
        assert task is not None
        self.running.add(task)
        try:
            await self._answer(uuid.UUID(reply_id))
        finally:
            self.running.discard(task)

    async def _answer(self, message_id: uuid.UUID) -> None:
        attempt = await insist(lambda: begin(message_id), on=(RedisError,))
        loaded = await insist(
            lambda: _load(message_id, take_over=not attempt.is_first), on=(DatabaseError,)
        )
        if loaded is None:
            return
        reply, said = loaded
        if attempt.tail.closed:
            await self._keep_ended(reply, message_id)
            return
        model = route.choose(settings.CHAT_MODELS, reply)
        turn = Turn(self._publisher, reply, said, model, attempt)
        try:
            if reply.is_finished:
                await turn.close(None)
                return
            with self._stops.watch(message_id, turn.stop):
                finished = await turn.run()
            if await self._save(finished):
                await turn.close(finished)
            else:
                logger.info("reply %s: ended by another worker", message_id)
        except Superseded:
            logger.info("reply %s: another worker has it", message_id)
        except TimeoutError:
            logger.error("reply %s: saved, but Redis did not take its end", message_id)

    async def _keep_ended(self, reply: Message, message_id: uuid.UUID) -> None:
        """The log is closed: the row must say the same."""
        if reply.is_finished:
            return
        entries = await insist(lambda: read_all(keys.client(), message_id), on=(RedisError,))
        await self._save(ended(reply, entries))


async def _save_together(batch: list[Finished]) -> list[bool | Exception]:
    saved = await insist(lambda: _finish(batch), on=(DatabaseError,))
    return [one.id in saved for one in batch]
