"""Who may come in by any of the doors: how often, and with how many connections at once.

``async with admitted("stream", user_id=…, address=…):`` around what holds a connection open, or
``place = await admit(…)`` where the refusal must come before the answer begins, and
``async with place:`` around the rest of it. Both raise RateLimited, whose ``retry_after`` each
door tells in its own shape. docs/limits.md has the table.
"""

import asyncio
import logging
import time
import uuid
import weakref
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Literal, Self

from django.conf import settings
from django.utils.translation import gettext_noop
from redis.exceptions import RedisError

from streaming import redis as keys
from streaming.batch import Batcher
from streaming.doors.places import Places, Room, places
from streaming.errors import RateLimited
from streaming.intake import limits
from streaming.intake.limits import Bucket
from streaming.loops import OfLoop

# "request": is answered at once, and counted against the rate only. "socket" and "stream" hold a
# connection; so does whoever waits for a whole answer, who is a "stream".
Kind = Literal["request", "socket", "stream"]

# Places become free when somebody closes something: nobody knows when.
PLACE_RETRY_SECONDS = 10.0
PATIENCE_SECONDS = 0.5
AWAY_SECONDS = 2.0
# Who was told to wait is told again without asking Redis; so many are remembered.
REFUSED_MAX = 10_000

TOO_MANY_REQUESTS = gettext_noop("That was a lot of requests. Please wait a moment.")
TOO_MANY_CONNECTIONS = gettext_noop(
    "So many pages and programs are connected already. Please close some of them."
)

logger = logging.getLogger("rivulet.limits")


class Place:
    """What somebody holds who was let in, until it is released."""

    def __init__(self, rooms: Sequence[Room], held_by: Places | None) -> None:
        self._rooms, self._held_by = rooms, held_by
        self._unheld = None
        if held_by is not None:
            # A response that is never begun is never ended either: then it is given back when
            # nobody knows of it any more.
            loop = asyncio.get_running_loop()
            self._unheld = weakref.finalize(self, _give_in, loop, held_by, rooms)
            self._unheld.atexit = False

    def release(self) -> None:
        """Give it back; again does nothing."""
        if self._held_by is not None and self._unheld is not None and self._unheld.detach():
            self._held_by.give(self._rooms)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.release()


def _give_in(loop: asyncio.AbstractEventLoop, held_by: Places, rooms: Sequence[Room]) -> None:
    # Garbage is collected in whichever thread makes some; a loop that is closed counts nobody.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(held_by.give, rooms)


async def admit(
    kind: Kind,
    *,
    user_id: uuid.UUID | None = None,
    address: str = "",
) -> Place:
    """Let somebody in. ``address``: as `addresses.address_of` gives it.

    The request is counted for the person here; for the address it was counted when it came
    (doors/floods.py). Raises RateLimited. Where Redis is away only this process' own connections
    count.
    """
    await count(limits.requests(user_id=user_id))
    if kind == "request":
        return Place([], None)
    rooms = _rooms(user_id, address)
    holder = places()
    if rooms and not await holder.take(rooms):
        raise RateLimited(TOO_MANY_CONNECTIONS, retry_after=PLACE_RETRY_SECONDS)
    return Place(rooms, holder if rooms else None)


@asynccontextmanager
async def admitted(
    kind: Kind, *, user_id: uuid.UUID | None = None, address: str = ""
) -> AsyncIterator[None]:
    """As `admit`, for as long as the context is entered."""
    async with await admit(kind, user_id=user_id, address=address):
        yield


def _rooms(user_id: uuid.UUID | None, address: str) -> list[Room]:
    rooms = []
    if user_id is not None:
        rooms.append(Room(str(user_id), settings.CHAT_CONNECTIONS_PER_PERSON))
    if address:
        rooms.append(Room(f"at-{address}", settings.CHAT_CONNECTIONS_PER_ADDRESS))
    return rooms


async def count(buckets: Sequence[Bucket]) -> None:
    """Count one in all of these. Raises RateLimited. Without Redis nothing is counted."""
    if not buckets:
        return
    rates = _rates()
    if wait := await rates.wait(buckets):
        raise RateLimited(TOO_MANY_REQUESTS, retry_after=round(wait, 1))


class _Rates:
    """What all requests of this process ask Redis, together; and whom it has refused."""

    def __init__(self) -> None:
        self._batcher: Batcher[Sequence[Bucket], float] = Batcher("rates", self._take_together)
        # When each bucket lets somebody through again, on this process' clock.
        self._refused: dict[str, float] = {}
        self._away_until = 0.0

    async def wait(self, buckets: Sequence[Bucket]) -> float:
        """The seconds to wait; 0: counted. A flood is refused here, and asks nobody."""
        now = time.monotonic()
        for bucket in buckets:
            until = self._refused.get(bucket.key)
            if until is not None:
                if until > now:
                    return until - now
                del self._refused[bucket.key]
        wait = await self._batcher(buckets)
        if wait and len(buckets) == 1:
            if len(self._refused) >= REFUSED_MAX:
                self._refused.pop(next(iter(self._refused)))
            self._refused[buckets[0].key] = time.monotonic() + wait
        return wait

    async def _take_together(self, asked: list[Sequence[Bucket]]) -> list[float | Exception]:
        if time.monotonic() < self._away_until:
            return [0.0] * len(asked)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return list(await limits.take(keys.client(), asked))
        except (RedisError, TimeoutError) as error:
            logger.warning("requests are not counted: %s", type(error).__name__)
            self._away_until = time.monotonic() + AWAY_SECONDS
            return [0.0] * len(asked)


_rates = OfLoop(_Rates)
