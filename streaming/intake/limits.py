"""How many of something in a minute: the same count in every process.

What is limited has a bucket (whose, how many in which time). Often several are asked at once, a
person's, their key's and their address': all let it pass and count it, or none does.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from chat.submissions import Submission
from streaming import redis as keys
from streaming.redis import Redis, Script

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600

# Generic cell rate algorithm: one time per bucket, when it will be empty again. Gives 0 when all
# allow it, else the milliseconds until they will. Redis' own clock: one for all.
SOURCE = """
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
local wait, full = 0, {}
for i, key in ipairs(KEYS) do
  local period_ms = tonumber(ARGV[2 * i])
  local empty_at = math.max(tonumber(redis.call('GET', key) or 0), now_ms)
  full[i] = empty_at + period_ms / ARGV[2 * i - 1]
  wait = math.max(wait, full[i] - period_ms - now_ms)
end
if wait > 0 then return math.ceil(wait) end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.3f', full[i]), 'PX', ARGV[2 * i])
end
return 0
"""
TAKE = Script(SOURCE)


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many in so many seconds, of which all may come at once."""

    key: str
    most: int
    seconds: int = MINUTE_SECONDS


def of(one: Submission) -> list[Bucket]:
    """What a message counts in."""
    found = [Bucket(keys.rate_key("message", one.user_id), settings.CHAT_RATE_PER_MINUTE)]
    if one.sign_in and one.sign_in.key_id and one.sign_in.key_rate:
        key = keys.rate_key("message", one.sign_in.key_id)
        found.append(Bucket(key, one.sign_in.key_rate))
    if one.address:
        key = keys.rate_key("message", f"at-{one.address}")
        found.append(Bucket(key, settings.CHAT_RATE_PER_ADDRESS))
    return found


def requests(*, user_id: uuid.UUID | None = None, address: str = "") -> list[Bucket]:
    """What one request or handshake counts in."""
    found = []
    if user_id is not None:
        key = keys.rate_key("request", user_id)
        found.append(Bucket(key, settings.CHAT_REQUESTS_PER_PERSON))
    if address:
        key = keys.rate_key("request", f"at-{address}")
        found.append(Bucket(key, settings.CHAT_REQUESTS_PER_ADDRESS))
    return found


async def take(redis: Redis, asked: Sequence[Sequence[Bucket]]) -> list[float]:
    """Count one in each of these buckets, in all of a group or in none.

    Gives the seconds to wait for each group, 0 = allowed and counted.
    """
    waits = await TAKE.run(redis, [call(buckets) for buckets in asked])
    return [milliseconds / 1000 for milliseconds in waits]


def call(buckets: Sequence[Bucket]) -> tuple[list[str], list[int]]:
    """The script's keys and arguments."""
    numbers = [number for one in buckets for number in (one.most, one.seconds * 1000)]
    return [one.key for one in buckets], numbers
