"""Answers that are there when a message comes in: said where it is accepted.

Nothing is queued, and there is no second transaction: the row is written with its answer. What a
worker has to say word by word, or what is not found here, takes the way of every other reply.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from decimal import Decimal
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings

from chat.models import Message
from chat.questions import Asked, foreseen
from chat.submissions import Answer, Submission
from streaming.edge.cache import LOOK_SECONDS
from streaming.edge.edge import Edge
from streaming.edge.given import Given, Wish
from streaming.metrics.tally import Tally
from streaming.retry import describe
from streaming.routing import route
from streaming.routing.persona import named

logger = logging.getLogger("rivulet.edge")


class AtOnce:
    """Knows answers for whoever accepts messages; one per process.

    ``database`` is the thread that reads what they would be asked like.
    """

    def __init__(self, database: Executor) -> None:
        self._tally = Tally()
        self._edge = Edge(self._tally, database)
        self._foreseen = database_sync_to_async(foreseen, thread_sensitive=False, executor=database)

    async def may_know(self, submissions: Sequence[Submission]) -> list[bool]:
        """For which of these it is worth looking: cheap, and no for most; never raises."""
        try:
            known = await self._edge.may_know([(one.user_id, one.text) for one in submissions])
        except Exception as error:
            _missed(error)
            return [False] * len(submissions)
        # A program's question comes with a beginning of its own; a worker looks for it.
        return [
            is_known and not (one.again or one.beginning)
            for one, is_known in zip(submissions, known, strict=True)
        ]

    async def look(
        self, submissions: Sequence[Submission], known: Sequence[bool]
    ) -> list[Submission]:
        """The same, each with its answer where there is one; never raises.

        Everybody whose message came in the same moment waits for it: for the database, then a
        quarter of a second at most.
        """
        worth = [one for one, is_known in zip(submissions, known, strict=True) if is_known]
        if not worth:
            return list(submissions)
        try:
            questions = await self._foreseen(worth)
            async with asyncio.timeout(LOOK_SECONDS):
                found = await asyncio.gather(*map(self._answer, questions))
        except Exception as error:
            _missed(error)
            return list(submissions)
        answers = {id(one): answer for one, answer in zip(worth, found, strict=True)}
        return [replace(one, answer=answers.get(id(one))) for one in submissions]

    async def _answer(self, asked: Asked | None) -> Answer | None:
        if asked is None:
            return None
        reply, said = asked.reply, asked.said
        try:
            way = route.route(settings.CHAT_MODELS, reply, said)
            wish = Wish.of(reply, said, way.tier, way.ranked, assistant=named(reply, said))
            given = await self._edge.answer(wish, counts=False)
        except Exception as error:
            # One that cannot be read keeps nobody else from being answered.
            _missed(error)
            return None
        if given is None:
            return None
        row = {} if given.words_per_second else _row(given, way.kept)
        return Answer(said[-1].parent_id, reply.prompt_id, row)

    async def count(self, said: Sequence[Message]) -> None:
        """Count these replies, which were accepted with their answers."""
        for reply in said:
            self._tally.count("edge", "instant" if reply.source == "edge" else "cache_hit")
            self._tally.ended(reply)
        await self._tally.flush()


def _missed(error: Exception) -> None:
    logger.warning("no answer was looked for: %s", describe(error))


def _row(given: Given, kept: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": Message.Status.COMPLETE,
        "content": given.text,
        "source": given.source,
        "provider": given.provider,
        "model": given.model,
        "finish_reason": given.finish_reason,
        "cost_usd": Decimal(0),
        "route": kept,
        # It is there in the moment from which such times are counted.
        "first_token_ms": 0,
        "processing_time_ms": 0,
    }
