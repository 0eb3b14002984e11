"""Since when Redis remembers: whether what it does not know was never so, or was lost."""

from datetime import UTC, datetime, timedelta

from chat.models import Message
from streaming import redis as keys

# Refreshed by every look.
MEMORY_TTL = timedelta(days=7)
# Machines whose clocks differ by less agree on what came first.
CLOCKS_APART = timedelta(seconds=5)


async def remember() -> None:
    """Keep the note since when Redis remembers; a Redis that lost everything gets a new one.

    Raises RedisError.
    """
    redis = keys.client()
    await redis.set(keys.memory_key(), datetime.now(UTC).isoformat(), nx=True)
    await redis.expire(keys.memory_key(), MEMORY_TTL)


async def was_never_begun(reply: Message) -> bool:
    """Whether no worker has begun this reply, which has no log. Raises RedisError.

    Not where Redis may have lost both: then somebody may be making it still.
    """
    redis = keys.client()
    since, begun = await redis.mget(keys.memory_key(), keys.attempts_key(reply.id))
    if not isinstance(since, bytes) or begun is not None:
        return False
    return reply.created_at - datetime.fromisoformat(since.decode()) > CLOCKS_APART
