"""Circuit breakers: one per model, shared by all workers through Redis.

*closed*: everybody asks. After CHAT_BREAKER_FAILURES failures in a row it is *open*: nobody
asks, which costs a look into Redis instead of a deadline. When its time is over it is *half
open*: exactly one call, of whichever worker, is let through as a probe; its first word closes
the circuit, its failure opens it for twice as long. What counts is in `streaming/failures.py`.

Each transition is one script on Redis' clock. Where Redis does not answer at once, a process
goes by what it has seen itself (`streaming/breakers_local.py`); then each has its own probe.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError

from streaming import redis as keys
from streaming.breakers_local import LocalBreaker
from streaming.errors import ProviderError
from streaming.failures import RULES, Effect, Kind
from streaming.providers import faults
from streaming.redis import Redis, Script

# Redis has this long to answer; then it is not asked again for a while.
PATIENCE_SECONDS = 0.5
AWAY_SECONDS = 1.0
# A provider that asks for more is asked again all the same.
RETRY_AFTER_MAX_SECONDS = 600.0
# A breaker that nobody has asked for so long after it was open is forgotten.
FORGET_SECONDS = 600

CLOCK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local until_ms = tonumber(redis.call('HGET', KEYS[1], 'open_until') or '0')
"""

# ARGV: the call, how long it may be the probe, how long the breaker is remembered.
ASK = Script(
    CLOCK
    + """
if until_ms == 0 then return {'closed', 0, ''} end
local kind = redis.call('HGET', KEYS[1], 'kind')
if now < until_ms then return {'open', until_ms - now, kind} end
local probing = tonumber(redis.call('HGET', KEYS[1], 'probe_until') or '0')
if now < probing then return {'probing', probing - now, kind} end
redis.call('HSET', KEYS[1], 'probe', ARGV[1], 'probe_until', now + ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] + ARGV[3])
return {'probe', 0, kind}
"""
)

# ARGV: the call, ok|failed|none, kind, open for (0: count), failures, window, open for at first
# and at most, how long the breaker is remembered. What began before it was open changes nothing,
# except that a provider may ask for more time.
REPORT = Script(
    CLOCK
    + """
local mine = redis.call('HGET', KEYS[1], 'probe') == ARGV[1]
if ARGV[2] == 'ok' then
  if until_ms == 0 or mine then redis.call('DEL', KEYS[1]) end
  return mine and 'closed' or ''
end
if ARGV[2] == 'none' then
  if mine then redis.call('HDEL', KEYS[1], 'probe', 'probe_until') end
  return ''
end
local length = tonumber(ARGV[4])
if until_ms ~= 0 and not mine then
  if length > 0 and now + length > until_ms then
    redis.call('HSET', KEYS[1], 'open_until', now + length)
    redis.call('PEXPIRE', KEYS[1], length + ARGV[9])
  end
  return ''
end
local failures = redis.call('HINCRBY', KEYS[1], 'failures', 1)
redis.call('HSET', KEYS[1], 'kind', ARGV[3])
if not mine and length == 0 and failures < tonumber(ARGV[5]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[6])
  return ''
end
local opens = redis.call('HINCRBY', KEYS[1], 'opens', 1)
if length == 0 then length = math.min(ARGV[7] * 2 ^ (opens - 1), tonumber(ARGV[8])) end
redis.call('HDEL', KEYS[1], 'probe', 'probe_until')
redis.call('HSET', KEYS[1], 'open_until', now + length)
redis.call('PEXPIRE', KEYS[1], length + ARGV[9])
return 'opened'
"""
)

logger = logging.getLogger("rivulet.breakers")


@dataclass(frozen=True, slots=True)
class Permit:
    """The right to ask a model once; what became of it is told to `Breakers.report`."""

    model: str
    call: str
    is_probe: bool


class Breakers:
    """The breakers of all models, as one process sees them."""

    def __init__(self, redis: Callable[[], Redis] = keys.client) -> None:
        self._redis = redis
        self._away_until = 0.0
        self._local: dict[str, LocalBreaker] = {}

    async def ask(self, model: str) -> Permit:
        """The right to ask this model. Raises ProviderError, with ``retry_after``, where it is
        open or is just being probed."""
        call = uuid.uuid4().hex
        answer = await self._run(ASK, model, (call, _ms(_probe_seconds()), FORGET_SECONDS * 1000))
        if answer is None:
            state, seconds, kind = self._of(model).ask(call, _probe_seconds())
        else:
            state, seconds, kind = answer[0].decode(), answer[1] / 1000, answer[2].decode()
        if state in ("open", "probing"):
            # How long a probe takes is not known: whoever waits looks again soon.
            raise faults.circuit_open(model, kind, seconds if state == "open" else 0.0)
        return Permit(model, call, is_probe=state == "probe")

    async def spoke(self, permit: Permit) -> None:
        """A probe's first word: the circuit is closed, whatever becomes of the rest."""
        if permit.is_probe:
            await self._report(permit, "ok")

    async def report(self, permit: Permit, error: ProviderError | None) -> None:
        """How a call ended that came to its end, or that its provider failed."""
        if error is None:
            await self._report(permit, "ok")
        elif RULES[error.kind].effect is Effect.NONE:
            await self.release(permit)
        else:
            await self._report(permit, "failed", error.kind, _open_seconds(error))

    async def release(self, permit: Permit) -> None:
        """A call that says nothing about its model: the next one may be the probe."""
        if permit.is_probe:
            await self._report(permit, "none")

    async def _report(
        self, permit: Permit, outcome: str, kind: Kind | None = None, seconds: float = 0.0
    ) -> None:
        # Always, so that it knows when Redis is away.
        self._of(permit.model).report(permit.call, outcome, kind or "", seconds)
        arguments = (
            permit.call,
            outcome,
            kind or "",
            _ms(seconds),
            settings.CHAT_BREAKER_FAILURES,
            _ms(settings.CHAT_BREAKER_WINDOW_SECONDS),
            _ms(settings.CHAT_BREAKER_OPEN_SECONDS),
            _ms(settings.CHAT_BREAKER_REFUSED_SECONDS),
            FORGET_SECONDS * 1000,
        )
        change = await self._run(REPORT, permit.model, arguments)
        if change == b"opened":
            logger.warning("%s: circuit open, %s", permit.model, kind)
        elif change == b"closed":
            logger.warning("%s: circuit closed", permit.model)

    async def _run(self, script: Script, model: str, arguments: tuple[Any, ...]) -> Any:
        """What the script gives; None where Redis does not answer in time."""
        if time.monotonic() < self._away_until:
            return None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                (result,) = await script.run(
                    self._redis(), [((keys.breaker_key(model),), arguments)]
                )
        except (RedisError, TimeoutError, OSError) as error:
            logger.warning("without Redis, by what was seen here: %s", type(error).__name__)
            self._away_until = time.monotonic() + AWAY_SECONDS
            return None
        return result

    def _of(self, model: str) -> LocalBreaker:
        # As many as there are models in the catalogue.
        return self._local.setdefault(model, LocalBreaker())


def _open_seconds(error: ProviderError) -> float:
    """For how long this failure opens a breaker by itself; 0: it is counted."""
    effect = RULES[error.kind].effect
    if effect is Effect.LONG:
        return settings.CHAT_BREAKER_REFUSED_SECONDS
    if effect is Effect.RETRY_AFTER and error.retry_after:
        return min(error.retry_after, RETRY_AFTER_MAX_SECONDS)
    return 0.0


def _probe_seconds() -> float:
    """A probe that has not reported by then has died with its worker."""
    return settings.CHAT_FIRST_TOKEN_TIMEOUT_SECONDS + 10.0


def _ms(seconds: float) -> int:
    return max(round(seconds * 1000), 1) if seconds else 0
