"""Since when Redis remembers: whether what it does not know was never so, or was lost."""

from datetime import UTC, datetime, timedelta

from channels.db import database_sync_to_async

from chat.models import Message
from streaming import redis as keys

# Refreshed by every look.
MEMORY_TTL = timedelta(days=7)
# Machines whose clocks differ by less agree on what came first.
CLOCKS_APART = timedelta(seconds=5)
ALWAYS = datetime.min.replace(tzinfo=UTC)

_REPLACE = keys.Script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
end
""")


async def remember() -> None:
    """Keep the note since when Redis remembers; a Redis that lost everything gets a new one.

    If nothing is unfinished when there is a new note, as in a new installation, Redis has lost
    nothing that matters: what will be unfinished later is written, and then begun, after that.
    Raises RedisError and DatabaseError.
    """
    redis, key = keys.client(), keys.memory_key()
    now = datetime.now(UTC).isoformat()
    is_new = await redis.set(key, now, nx=True)
    await redis.expire(key, MEMORY_TTL)
    if is_new and not await _is_anything_unfinished():
        # Not the note of another loss, which came meanwhile.
        await _REPLACE.run(redis, [([key], [now, ALWAYS.isoformat()])])


def _read_unfinished() -> bool:
    return Message.objects.filter(status=Message.Status.PROCESSING).exists()


_is_anything_unfinished = database_sync_to_async(_read_unfinished)


async def was_never_begun(reply: Message) -> bool:
    """Whether no worker has begun this reply, which has no log. Raises RedisError.

    Not where Redis may have lost both: then somebody may be making it still.
    """
    redis = keys.client()
    since, begun = await redis.mget(keys.memory_key(), keys.attempts_key(reply.id))
    if not isinstance(since, bytes) or begun is not None:
        return False
    return reply.created_at - datetime.fromisoformat(since.decode()) > CLOCKS_APART
