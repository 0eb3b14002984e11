"""How often a reply has been begun, and what earlier attempts left in the log."""

import uuid
from dataclasses import dataclass

from streaming import redis as keys
from streaming.chunks import text_of
from streaming.delivery import log
from streaming.delivery.log import RUNNING_TTL_SECONDS, Tail
from streaming.generation.alive import alive_seconds


@dataclass(frozen=True, slots=True)
class Attempt:
    """One beginning of a reply. ``text`` is what earlier ones streamed."""

    is_first: bool
    tail: Tail
    text: str
    stop_asked: bool


async def begin(message_id: uuid.UUID) -> Attempt:
    """Count a new attempt. Raises RedisError."""
    redis = keys.client()
    pipeline = redis.pipeline(transaction=False)
    pipeline.incr(keys.attempts_key(message_id))
    pipeline.expire(keys.attempts_key(message_id), RUNNING_TTL_SECONDS)
    pipeline.set(keys.alive_key(message_id), "1", px=int(alive_seconds() * 1000))
    pipeline.exists(keys.stop_key(message_id))
    number, _, _, stop_asked = await pipeline.execute()
    tail = await log.tail(redis, message_id)
    text = text_of(await log.read_all(redis, message_id)) if tail.seq > 0 else ""
    return Attempt(
        is_first=number == 1 and tail.seq == 0,
        tail=tail,
        text=text,
        stop_asked=bool(stop_asked),
    )
