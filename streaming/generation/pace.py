"""How long each model takes to its first words: for hedging, shared by all workers."""

import asyncio
import logging
import time

from redis.exceptions import RedisError

from streaming import redis as keys

SAMPLE_SIZE = 200
# Fewer say nothing about the slowest of twenty.
SAMPLE_SIZE_MIN = 20
SAMPLE_TTL_SECONDS = 24 * 3600
# A process looks again after so long.
FRESH_SECONDS = 10.0
PATIENCE_SECONDS = 0.25
SLOW_SHARE = 0.95

logger = logging.getLogger("rivulet.pace")


class Pace:
    """What one process knows of it. Without Redis nobody is hedged."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, float | None]] = {}

    async def slow_after(self, model: str) -> float | None:
        """Seconds after which 19 of 20 of this model's latest answers had begun; None where
        too few are known."""
        read_at, seconds = self._known.get(model, (0.0, None))
        if read_at and time.monotonic() - read_at < FRESH_SECONDS:
            return seconds
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                sample = await keys.client().lrange(keys.pace_key(model), 0, -1)
        except (RedisError, TimeoutError) as error:
            logger.warning("no pace: %s", type(error).__name__)
            sample = []
        seconds = _slowest([float(one) for one in sample])
        self._known[model] = (time.monotonic(), seconds)
        return seconds

    async def note(self, model: str, seconds: float) -> None:
        """One answer of this model began after so long."""
        pipeline = keys.client().pipeline(transaction=False)
        pipeline.lpush(keys.pace_key(model), f"{seconds:.3f}")
        pipeline.ltrim(keys.pace_key(model), 0, SAMPLE_SIZE - 1)
        pipeline.expire(keys.pace_key(model), SAMPLE_TTL_SECONDS)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await pipeline.execute()
        except (RedisError, TimeoutError) as error:
            logger.warning("no pace: %s", type(error).__name__)


def _slowest(sample: list[float]) -> float | None:
    if len(sample) < SAMPLE_SIZE_MIN:
        return None
    return sorted(sample)[int(len(sample) * SLOW_SHARE)]
