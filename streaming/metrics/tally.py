"""What a process has done, added to what all of them have: the sums are in Redis.

A process counts in memory and adds what is new every few seconds, so a count costs nothing and
the whole installation's figures are read from any web process. What one that is killed had not
added yet is lost: figures, never replies.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from redis.exceptions import RedisError

from chat.finish import Finished
from chat.models import Message
from streaming import redis as keys
from streaming.background import Background
from streaming.metrics.families import BUCKETS_SECONDS, Field, field

EVERY_SECONDS = 2.0
# After so long without a reply there is nothing to go on from; who reads it sees a reset.
KEEP_SECONDS = 30 * 24 * 3600

logger = logging.getLogger("rivulet.metrics")


class Tally(Background):
    """One per process: in a worker, owns the task that adds its counts to everybody's."""

    def __init__(self) -> None:
        # What Redis has not got yet.
        self.new: Counter[Field] = Counter()

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """One more of this; ``labels`` in the order of the family's (metrics/families.py)."""
        if by:
            self.new[field(name, *labels)] += by  # type: ignore[assignment]

    def measure(self, name: str, seconds: float, *labels: str) -> None:
        """One more duration of a histogram."""
        bound = next((one for one in BUCKETS_SECONDS if seconds <= one), float("inf"))
        self.count(f"{name}_bucket", *labels, f"{bound:g}")
        self.count(f"{name}_sum", *labels, by=seconds)

    def ended(self, reply: Finished | Message) -> None:
        """A reply that was saved: how it ended, what it took, and who was asked for it."""
        self.count(
            "replies", reply.status, reply.source, reply.provider, reply.model, reply.error_code
        )
        for kind in ("input", "output", "cached"):
            tokens = getattr(reply, f"{kind}_tokens") or 0
            self.count("reply_tokens", kind, reply.provider, reply.model, by=tokens)
        if reply.first_token_ms is not None:
            self.measure("first_token_seconds", reply.first_token_ms / 1000, reply.source)
        if reply.processing_time_ms is not None:
            self.measure("reply_seconds", reply.processing_time_ms / 1000, reply.source)
        self.paid(reply.tries)

    def paid(self, tries: Iterable[Mapping[str, Any]]) -> None:
        """Models that were asked, as they are kept; also for what nobody keeps, and for titles."""
        for one in tries:
            outcome = one["kind"] or "answered"
            self.count("tries", one["provider"], one["model"], outcome)
            # Each its own, also where it was given up: what the answer's model costs is not all.
            cost = float(Decimal(one["cost_usd"] or 0))
            self.count("cost_usd", one["provider"], one["model"], by=cost)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.flush()

    async def flush(self) -> None:
        """Add what is new; while Redis is away it is kept."""
        if not self.new:
            return
        adding, self.new = self.new, Counter()
        pipeline = keys.client().pipeline()
        for name, by in adding.items():
            pipeline.hincrbyfloat(keys.metrics_key(), name, by)
        # No key of this installation stays in Redis for ever.
        pipeline.expire(keys.metrics_key(), KEEP_SECONDS)
        try:
            await pipeline.execute()
        except RedisError as error:
            logger.warning("counted again later: %s", type(error).__name__)
            self.new.update(adding)

    async def __aexit__(self, *exception: object) -> None:
        await super().__aexit__(*exception)
        await self.flush()
