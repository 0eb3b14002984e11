"""The job: makes a reply, or finishes what an earlier attempt left.

The order at the end is fixed: save the row, append the closing chunk, let the queue forget the
job. Each step may be repeated by whoever takes over from a worker that dies between them.
"""

import asyncio
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from redis.exceptions import RedisError

from chat.budgets import State, states_of
from chat.finish import Finished, charge_unsaved, finish
from chat.history import is_deleted
from chat.models import Message
from chat.questions import Asked, Wanted, asked
from streaming.batch import Batcher
from streaming.chunks import Entry
from streaming.delivery.log import Superseded
from streaming.delivery.publish import Publisher
from streaming.edge import Edge, Wish
from streaming.errors import InternalError
from streaming.generation.asking import Asker
from streaming.generation.attempts import Attempt, begin, take_over
from streaming.generation.ended import close_deleted, ended
from streaming.generation.repetition import Repetition
from streaming.generation.stops import StopRequest, Stops
from streaming.generation.titles import Titles
from streaming.generation.turn import Turn
from streaming.metrics.tally import Tally
from streaming.retry import AWAY, describe, insist
from streaming.routing import route
from streaming.routing.persona import named

DATABASE_THREADS = 4
# Conversations whose texts are read together: the first waits for the last.
LOADED_TOGETHER_MAX = 32

_threads = ThreadPoolExecutor(DATABASE_THREADS, thread_name_prefix="database")
_asked = database_sync_to_async(asked, thread_sensitive=False, executor=_threads)
_finish = database_sync_to_async(finish, thread_sensitive=False, executor=_threads)
_charge = database_sync_to_async(charge_unsaved, thread_sensitive=False, executor=_threads)
_budgets = database_sync_to_async(states_of, thread_sensitive=False, executor=_threads)
_is_deleted = database_sync_to_async(is_deleted, thread_sensitive=False, executor=_threads)

logger = logging.getLogger("rivulet.answer")


class Answerer:
    """Makes replies; one per worker process, for all its jobs at once."""

    def __init__(
        self, publisher: Publisher, stops: Stops, titles: Titles, tally: Tally, asker: Asker
    ) -> None:
        self._publisher = publisher
        self._stops = stops
        self._titles = titles
        self._asker = asker
        self._edge = Edge(tally, _threads)
        self._tally = tally
        self.running: dict[asyncio.Task[None], uuid.UUID] = {}
        self._load: Batcher[uuid.UUID, Asked | None] = Batcher(
            "load", _load_together, items_max=LOADED_TOGETHER_MAX
        )
        self._save: Batcher[Finished, Finished | None] = Batcher("save", _save_together)
        self._stand: Batcher[uuid.UUID, State | None] = Batcher("budgets", _stand_together)

    async def answer(self, reply_id: str) -> None:
        """Make this reply. Safe to call again, in this worker or another."""
        task = asyncio.current_task()
        assert task is not None
        message_id = self.running[task] = uuid.UUID(reply_id)
        failure = ""
        try:
            await self._answer(message_id)
        except Exception as error:
            failure = describe(error)
        finally:
            del self.running[task]
        if failure:
            # The queue logs what it is raised: never the error itself, which may hold what a
            # person wrote. The reply stays unfinished and is found again.
            raise RuntimeError(failure)

    async def _answer(self, message_id: uuid.UUID) -> None:
        stop = StopRequest()
        # Watched from the beginning: a stop may come while the conversation is loaded.
        with self._stops.watch(message_id, stop):
            attempt = await insist(lambda: begin(message_id), on=(RedisError,))
            if attempt.stop_asked:
                stop.ask()
            load = self._load if attempt.is_first else _take_over
            loaded = await insist(lambda: load(message_id), on=AWAY)
            if loaded is None:
                await insist(lambda: close_deleted(message_id), on=(RedisError,))
                return
            await self._make(loaded.reply, loaded.said, attempt, stop)

    async def _make(
        self, reply: Message, said: list[Message], attempt: Attempt, stop: StopRequest
    ) -> None:
        try:
            if not attempt.is_first:
                begun = attempt
                attempt = await insist(lambda: take_over(begun, reply), on=(RedisError,))
            if attempt.is_closed:
                await self._keep_ended(reply, said, attempt.entries)
                return
            way = route.route(settings.CHAT_MODELS, reply, said)
            wish = Wish.of(reply, said, way.tier, way.ranked, assistant=named(reply, said))
            given = await self._edge.answer(wish)
            # What is there already is nobody's to be paid for.
            models = way.candidates if given is None else way.ranked
            makers = (self._publisher, self._asker, reply, said, models, attempt, stop)
            turn = Turn(*makers) if given is None else Repetition(*makers, given=given)
            if reply.is_finished:
                await turn.close(None)
                return
            try:
                finished = await turn.run_to_the_log()
            except (Superseded, asyncio.CancelledError):
                # Another has it, or will: whoever makes it knows nothing of what this cost.
                await self._charge_unsaved(turn.given_up(), reply, said)
                raise
            finished = replace(finished, route=way.kept)
            if saved := await self._save(finished):
                self._tally.ended(saved)
                # What cost nothing has brought nobody nearer to the end of a budget.
                owner_id = said[-1].author_id
                warning = await self._warning(owner_id) if saved.cost_usd else None
                # What cost nothing is not to cost a title, and those that may answer for nothing
                # do not speak for the others.
                is_news = given is None and not reply.free_only
                if is_news:
                    # Before it is told that the answer is whole: the same may be asked at once.
                    await self._edge.keep(wish, saved)
                await turn.close(saved, warning)
                if is_news:
                    self._titles.want(reply, said, saved)
                return
            # Nobody keeps it, and it was paid for.
            await self._charge_unsaved(finished, reply, said)
            if await insist(lambda: _is_deleted(reply.id), on=AWAY):
                await turn.passed_on()
                await insist(lambda: close_deleted(reply.id), on=(RedisError,))
            else:
                logger.info("reply %s: ended by another worker", reply.id)
        except Superseded:
            logger.info("reply %s: another worker has it", reply.id)
        except TimeoutError:
            logger.error("reply %s: Redis was away for too long", reply.id)

    async def _warning(self, person_id: uuid.UUID | None) -> dict[str, Any] | None:
        """Whether its owner has come near the end of the budget; nobody's answer waits for that."""
        if person_id is None:
            return None
        try:
            state = await self._stand(person_id)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("nobody is warned: %s", type(error).__name__)
            return None
        return state.told() if state else None

    async def _keep_ended(self, reply: Message, said: list[Message], entries: list[Entry]) -> None:
        """The log is closed: the row must say the same."""
        if not reply.is_finished:
            kept = route.route(settings.CHAT_MODELS, reply, said).kept
            await self._save(replace(ended(reply, entries), route=kept))

    async def _charge_unsaved(
        self, finished: Finished, reply: Message, said: list[Message]
    ) -> None:
        assistant_id = reply.prompt.assistant_id if reply.prompt else None
        person_id, key_id = said[-1].author_id, reply.api_key_id
        if await insist(lambda: _charge(finished, person_id, assistant_id, key_id), on=AWAY):
            self._tally.paid(finished.tries)


async def _take_over(message_id: uuid.UUID) -> Asked | None:
    # Never together with others: what is given up while it waits must not count an attempt.
    loaded: list[Asked | None] = await _asked([Wanted(message_id, take_over=True)])
    return loaded[0]


async def _load_together(batch: list[uuid.UUID]) -> list[Asked | Exception | None]:
    try:
        return list(await _asked([Wanted(message_id) for message_id in batch]))
    except AWAY:
        raise
    except Exception as error:
        # What cannot be read of one conversation holds up no other.
        if len(batch) == 1:
            return [error]
        return [result for one in batch for result in await _load_together([one])]


async def _stand_together(batch: list[uuid.UUID]) -> list[State | Exception | None]:
    states = await _budgets(set(batch))
    return [states.get(person_id) for person_id in batch]


async def _save_together(batch: list[Finished]) -> list[Finished | Exception | None]:
    """Each as it was saved; None where somebody else has ended the reply."""
    try:
        saved = await insist(lambda: _finish(batch), on=AWAY)
    except AWAY:
        raise
    except DatabaseError as error:
        if len(batch) == 1:
            return [await _save_without_text(batch[0], error)]
        return [result for one in batch for result in await _save_together([one])]
    return [one if one.id in saved else None for one in batch]


async def _save_without_text(refused: Finished, error: DatabaseError) -> Finished | None:
    """The database takes everything but this row: the reply fails, and holds up no other."""
    logger.error("reply %s cannot be saved: %s", refused.id, type(error).__name__)
    internal = InternalError(detail=f"not saved: {type(error).__name__}")
    failed = Finished(
        id=refused.id,
        attempt=refused.attempt,
        status=Message.Status.FAILED,
        content="",
        finished_at=refused.finished_at,
        cost_usd=refused.cost_usd,
        tries=refused.tries,
        error_code=internal.code,
        error_sentence=internal.sentence,
        error_detail=internal.detail,
    )
    return failed if await insist(lambda: _finish([failed]), on=AWAY) else None
