"""How many messages a person may send: the same count in every process."""

import uuid
from collections.abc import Sequence

from django.conf import settings

from streaming import redis as keys
from streaming.redis import Redis, Script

# Generic cell rate algorithm: one time per person, when the bucket will be empty again.
# Gives 0 when allowed, else the milliseconds to wait. Redis' own clock: one for all.
TAKE = Script("""
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
local every_ms = 60000 / ARGV[1]
local empty_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now_ms)
local wait = empty_at + every_ms - 60000 - now_ms
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.3f', empty_at + every_ms), 'PX', 60000)
return 0
""")


async def take(redis: Redis, user_ids: Sequence[uuid.UUID]) -> list[float]:
    """Count one message for each of these people; gives the seconds to wait, 0 = allowed."""
    rate = settings.CHAT_RATE_PER_MINUTE
    waits = await TAKE.run(redis, [([keys.rate_key(user_id)], [rate]) for user_id in user_ids])
    return [milliseconds / 1000 for milliseconds in waits]
