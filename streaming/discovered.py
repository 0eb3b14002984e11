"""The models that named endpoints say they have: offered to whoever chooses a model.

A worker asks them every minute and leaves what they say in Redis, where every process reads it.
What is offered beyond the lists is never asked by itself; whoever chooses it gets it.
"""

import asyncio
import logging
import time
from collections.abc import Iterable

import orjson
from django.conf import settings
from redis.exceptions import RedisError

from config.catalogue import Model
from config.endpoints import Endpoint
from streaming import redis as keys

LIST_EVERY_SECONDS = 60.0
# An endpoint that is away for longer offers nothing.
OFFER_TTL_SECONDS = 600
# A process looks again after so long.
FRESH_SECONDS = 5.0
PATIENCE_SECONDS = 0.5
MODELS_MAX = 200
NAME_CHARS_MAX = 128

logger = logging.getLogger("rivulet.discovered")

_known: tuple[float, tuple[Model, ...]] = (0.0, ())


def names_in(answer: object) -> list[str]:
    """The models' names in the answer of `/v1/models`; what is none of that shape is left out."""
    listed = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        return []
    named = (one.get("id") for one in listed if isinstance(one, dict))
    usable = {
        name
        for name in named
        if isinstance(name, str) and 0 < len(name) <= NAME_CHARS_MAX and name.isprintable()
    }
    return sorted(usable)[:MODELS_MAX]


async def offer(endpoint: Endpoint, names: list[str]) -> None:
    """Leave for all processes what this endpoint has. Raises RedisError."""
    key = keys.offered_key(endpoint.name)
    await keys.client().set(key, orjson.dumps(names), ex=OFFER_TTL_SECONDS)


async def offered() -> tuple[Model, ...]:
    """Models that no list names, as far as this process knows; none without Redis."""
    global _known
    if not settings.CHAT_ENDPOINTS:
        return ()
    read_at, models = _known
    if read_at and time.monotonic() - read_at < FRESH_SECONDS:
        return models
    names = list(settings.CHAT_ENDPOINTS)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            found = await keys.client().mget([keys.offered_key(name) for name in names])
    except (RedisError, TimeoutError) as error:
        logger.warning("nothing is offered: %s", type(error).__name__)
        return models
    models = _models(zip(names, found, strict=True))
    _known = (time.monotonic(), models)
    return models


def offered_now() -> tuple[Model, ...]:
    """The same for threads: pages. Raises RedisError."""
    names = list(settings.CHAT_ENDPOINTS)
    if not names:
        return ()
    found = keys.sync_client().mget([keys.offered_key(name) for name in names])
    return _models(zip(names, found, strict=True))


def offered_to_pages() -> tuple[Model, ...]:
    """The same; none without Redis: a page is shown all the same."""
    try:
        return offered_now()
    except (RedisError, OSError) as error:
        logger.warning("nothing is offered: %s", type(error).__name__)
        return ()


def forget() -> None:
    """Look again the next time."""
    global _known
    _known = (0.0, ())


def model_of(provider: str, name: str) -> Model | None:
    """The model that was chosen from what was offered; None where its endpoint is no more."""
    return Model(provider, name, "cloud") if provider in settings.CHAT_ENDPOINTS else None


def _models(found: Iterable[tuple[str, bytes | str | None]]) -> tuple[Model, ...]:
    listed = {(one.provider, one.name) for one in settings.CHAT_MODELS.models}
    return tuple(
        Model(provider, name, "cloud")
        for provider, kept in found
        if kept is not None
        for name in orjson.loads(kept)
        if (provider, name) not in listed
    )
