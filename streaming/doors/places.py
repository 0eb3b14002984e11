"""How many connections one person or address has open, over all web processes.

Redis keeps for each of them which process holds how many, and one lease for each process: it is
renewed for all of its connections at once, however many there are. A process that is killed is
not counted any more when its lease has run out; one that comes back later, or finds that Redis
has forgotten, writes down again what it holds. Numbers are written as they are, never added to,
so that a command may be sent twice.

Where Redis is away a process counts its own connections only.
"""

import asyncio
import contextlib
import logging
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redis.exceptions import RedisError

from streaming import redis as keys
from streaming.background import end_all
from streaming.batch import Batcher
from streaming.loops import OfLoop
from streaming.redis import Script

# So long a killed process is still counted.
LEASE_SECONDS = 6.0
RENEW_SECONDS = 2.0
# Of a process that was killed; longer than the server holds any connection.
KEPT_SECONDS = 2 * 24 * 3600
# A connection does not wait longer for Redis; the process then goes by what it holds itself.
PATIENCE_SECONDS = 0.5
AWAY_SECONDS = 2.0

logger = logging.getLogger("rivulet.places")

# KEYS: the leases, then whoever asks (a person, an address). ARGV: this process, for how long a
# number is kept, then for each of them how many this process would hold and how many there may
# be. Gives 1 and writes the numbers down, or 0.
TAKE = Script("""
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
for i = 2, #KEYS do
  local total = tonumber(ARGV[2 * i - 1])
  local held = redis.call('HGETALL', KEYS[i])
  for j = 1, #held, 2 do
    if held[j] ~= ARGV[1] then
      if tonumber(redis.call('ZSCORE', KEYS[1], held[j]) or 0) > now_ms then
        total = total + held[j + 1]
      else
        redis.call('HDEL', KEYS[i], held[j])
      end
    end
  end
  if total > tonumber(ARGV[2 * i]) then return 0 end
end
for i = 2, #KEYS do
  redis.call('HSET', KEYS[i], ARGV[1], ARGV[2 * i - 1])
  redis.call('EXPIRE', KEYS[i], ARGV[2])
end
return 1
""")

# KEYS: the leases. ARGV: this process, milliseconds. Gives 1 where the lease had not run out.
RENEW = Script("""
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
local until_ms = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_ms)
redis.call('ZADD', KEYS[1], now_ms + ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], 3600)
if until_ms > now_ms then return 1 end
return 0
""")


@dataclass(frozen=True, slots=True)
class Room:
    """Whose places, and how many there are."""

    whose: str
    most: int


class Places:
    """The connections of one web process. One task speaks with Redis at a time."""

    def __init__(self) -> None:
        self._name = uuid.uuid4().hex
        self._held: Counter[str] = Counter()
        # Whose number Redis may have wrong.
        self._unwritten: set[str] = set()
        self._taking: Batcher[Sequence[Room], bool] = Batcher("take places", self._take_together)
        self._speaking = asyncio.Lock()
        self._keeping: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()
        self._renew_at = 0.0
        self._away_until = 0.0

    async def take(self, rooms: Sequence[Room]) -> bool:
        """Take one place in each of these, or in none. `give` them back."""
        # What this process holds may be enough to know.
        if any(self._held[room.whose] >= room.most for room in rooms):
            return False
        taking = asyncio.ensure_future(self._taking(rooms))
        try:
            return await asyncio.shield(taking)
        except asyncio.CancelledError:
            # Whoever leaves meanwhile must not keep what it is given.
            taking.add_done_callback(lambda done: self._give_unwanted(done, rooms))
            raise

    def _give_unwanted(self, done: "asyncio.Future[bool]", rooms: Sequence[Room]) -> None:
        if not done.cancelled() and not done.exception() and done.result():
            self.give(rooms)

    def give(self, rooms: Iterable[Room]) -> None:
        """Give the places back; Redis is told soon, together with what others give."""
        for room in rooms:
            self._held[room.whose] -= 1
            self._unwritten.add(room.whose)
        self._keep()

    async def _take_together(self, asked: list[Sequence[Room]]) -> list[bool | Exception]:
        async with self._speaking:
            taken = await self._ask(asked)
            if taken is None or not all(taken):
                # Who was refused has been counted for those after it.
                self._unwritten.update(room.whose for rooms in asked for room in rooms)
            if taken is None:
                taken = self._allowed_here(asked)
            for rooms, has_place in zip(asked, taken, strict=True):
                if has_place:
                    self._held.update(room.whose for room in rooms)
        self._keep()
        return list(taken)

    async def _ask(self, asked: list[Sequence[Room]]) -> list[bool] | None:
        """Redis' answers; None where it is away."""
        if time.monotonic() < self._away_until:
            return None
        # Each is asked for as if those before it in the batch had been let in.
        would = Counter(self._held)
        calls = []
        for rooms in asked:
            would.update(room.whose for room in rooms)
            names = [keys.places_key(room.whose) for room in rooms]
            numbers = [number for room in rooms for number in (would[room.whose], room.most)]
            calls.append(([_leases(), *names], [self._name, KEPT_SECONDS, *numbers]))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._renew()
                return [bool(one) for one in await TAKE.run(keys.client(), calls)]
        except (RedisError, TimeoutError) as error:
            logger.warning("connections are counted by process: %s", type(error).__name__)
            self._away_until = time.monotonic() + AWAY_SECONDS
            return None

    def _allowed_here(self, asked: list[Sequence[Room]]) -> list[bool]:
        would = Counter(self._held)
        allowed = []
        for rooms in asked:
            has_room = all(would[room.whose] < room.most for room in rooms)
            would.update(room.whose for room in rooms if has_room)
            allowed.append(has_room)
        return allowed

    # -- the lease -----------------------------------------------------------------------

    def _keep(self) -> None:
        self._woken.set()
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep_lease(), name="keep places")

    async def _keep_lease(self) -> None:
        """While there are connections, or Redis is to be told that there are none left."""
        task = asyncio.current_task()
        assert task is not None
        # A command may lose a cancellation (background.py); whoever ends a loop cancels once only.
        while (self._unwritten or +self._held) and not task.cancelling():
            if not self._unwritten:
                self._woken.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RENEW_SECONDS):
                        await self._woken.wait()
            try:
                async with self._speaking:
                    await self._renew()
                    await self._write()
            except RedisError as error:
                logger.warning("places are written down later: %s", type(error).__name__)
                await asyncio.sleep(AWAY_SECONDS)

    async def _renew(self) -> None:
        now = time.monotonic()
        if now < self._renew_at:
            return
        milliseconds = int(LEASE_SECONDS * 1000)
        (was_held,) = await RENEW.run(keys.client(), [([_leases()], [self._name, milliseconds])])
        self._renew_at = now + RENEW_SECONDS
        if not was_held:
            # New, or forgotten: others have taken away what this process had written.
            self._unwritten.update(self._held)

    async def _write(self) -> None:
        whose = list(self._unwritten)
        pipeline = keys.client().pipeline(transaction=False)
        for one in whose:
            if self._held[one] > 0:
                pipeline.hset(keys.places_key(one), self._name, self._held[one])
                pipeline.expire(keys.places_key(one), KEPT_SECONDS)
            else:
                pipeline.hdel(keys.places_key(one), self._name)
                del self._held[one]
        # Whose number changes while this is under way is written once more.
        self._unwritten.clear()
        try:
            await pipeline.execute()
        except RedisError:
            self._unwritten.update(whose)
            raise

    async def close(self) -> None:
        """The process leaves: nothing of it is counted any more."""
        if self._keeping is not None:
            await end_all([self._keeping])
            await keys.client().zrem(_leases(), self._name)


def _leases() -> str:
    return keys.places_key("leases")


# This process' own: its one event loop's.
places = OfLoop(Places)
