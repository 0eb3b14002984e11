"""The first tier: asked before any model is."""

import logging
import uuid
from collections.abc import Sequence
from concurrent.futures import Executor

from django.conf import settings

from chat.finish import Finished
from streaming.edge.cache import Cache
from streaming.edge.given import Given, Wish
from streaming.edge.instant import InstantAnswers
from streaming.metrics.tally import Tally

logger = logging.getLogger("rivulet.edge")


class Edge:
    """What all replies of a process share.

    Counted are ``instant``, ``cache_hit``, ``cache_miss``, ``cache_away`` and ``cache_kept``.
    """

    def __init__(self, tally: Tally, database: Executor | None = None) -> None:
        self._tally = tally
        self._instant = InstantAnswers(database)
        self._cache = Cache(tally)

    async def may_know(self, questions: Sequence[tuple[uuid.UUID, str]]) -> list[bool]:
        """Whether it is worth looking for an answer to what these people ask."""
        foreseen = [await self._is_foreseen(text) for _, text in questions]
        if all(foreseen) or not settings.CHAT_CACHE_SECONDS:
            return foreseen
        asked = await self._cache.were_asked(questions)
        return [one or other for one, other in zip(foreseen, asked, strict=True)]

    async def _is_foreseen(self, question: str) -> bool:
        return await self._instant.find(question) is not None

    async def answer(self, wish: Wish, *, counts: bool = True) -> Given | None:
        """The answer, where there is one; waits a quarter of a second at most.

        It is not counted for whoever asks before it is known whether the message is accepted.
        """
        if wish.is_again:
            return None
        # Who has chosen a model, or writes a program, wants a model's words.
        wants_model = wish.wanted_model or wish.is_programs
        is_asked = wish.gives_instant_answers and not wants_model
        try:
            given = await self._instant.answer(wish) if is_asked else None
        except Exception as error:
            # A slip in an answer that somebody wrote must not keep a model from answering.
            logger.error("no instant answer: %s", type(error).__name__)
            given = None
        if given is not None:
            if counts:
                self._tally.count("edge", "instant")
            return given
        if not is_cached(wish):
            return None
        return await self._cache.find(wish, counts=counts)

    async def keep(self, wish: Wish, saved: Finished) -> None:
        """Remember a finished answer, if it is one that may be given again."""
        # What nobody keeps is gone before it could be asked for again.
        if is_cached(wish) and not wish.is_passing:
            await self._cache.keep(wish, saved)


def is_cached(wish: Wish) -> bool:
    """Whether there is a cache, and the assistant may repeat itself."""
    return bool(settings.CHAT_CACHE_SECONDS) and wish.caches_answers
