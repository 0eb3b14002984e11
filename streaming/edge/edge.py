"""The first tier: asked before any model is."""

import logging
from collections import Counter

from django.conf import settings

from chat.finish import Finished
from streaming.edge.cache import Cache
from streaming.edge.given import Given, Wish
from streaming.edge.instant import InstantAnswers

logger = logging.getLogger("rivulet.edge")


class Edge:
    """What all replies of a worker process share.

    ``counts`` says how often each thing happened, for whoever shows it: ``instant``,
    ``cache_hit``, ``cache_miss``, ``cache_away``, ``cache_kept``.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._instant = InstantAnswers()
        self._cache = Cache(self.counts)

    async def answer(self, wish: Wish) -> Given | None:
        """The answer, where there is one; never raises, never waits long."""
        if wish.is_again:
            return None
        # Who has chosen a model wants that model's words.
        is_asked = wish.gives_instant_answers and not wish.wanted_model
        try:
            given = await self._instant.answer(wish) if is_asked else None
        except Exception as error:
            # A slip in an answer that somebody wrote must not keep a model from answering.
            logger.error("no instant answer: %s", type(error).__name__)
            given = None
        if given is not None:
            self.counts["instant"] += 1
            return given
        return await self._cache.find(wish) if is_cached(wish) else None

    async def keep(self, wish: Wish, saved: Finished) -> None:
        """Remember a finished answer, if it is one that may be given again."""
        if is_cached(wish):
            await self._cache.keep(wish, saved)


def is_cached(wish: Wish) -> bool:
    """Whether there is a cache, and the assistant may repeat itself."""
    return bool(settings.CHAT_CACHE_SECONDS) and wish.caches_answers
