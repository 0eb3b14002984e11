"""Connections of one person or address, counted over all processes."""

import asyncio
import gc
import threading
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from streaming.doors import places as counting
from streaming.doors.admission import admit, admitted
from streaming.doors.places import Places, Room
from streaming.errors import RateLimited
from streaming.redis import Redis, places_key


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "LEASE_SECONDS", 0.6)
    monkeypatch.setattr(counting, "RENEW_SECONDS", 0.2)


def room(most: int) -> Room:
    return Room(uuid.uuid4().hex, most)


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    deadline = asyncio.get_running_loop().time() + 10
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)


async def test_processes_share_the_places(redis_client: Redis) -> None:
    one, other, whose = Places(), Places(), room(3)
    assert [await one.take([whose]), await other.take([whose])] == [True, True]
    taken = await asyncio.gather(*(each.take([whose]) for each in (one, other, one, other)))
    assert sum(taken) == 1
    one.give([whose])
    await until(lambda: other.take([whose]))
    assert not await one.take([whose])


async def test_many_at_once_get_as_many_as_there_are(redis_client: Redis) -> None:
    processes, whose = [Places() for _ in range(4)], room(25)
    taken = await asyncio.gather(*(processes[n % 4].take([whose]) for n in range(200)))
    assert sum(taken) == 25


async def test_who_is_refused_by_the_address_holds_no_place_of_the_person(
    redis_client: Redis,
) -> None:
    mine, person, address = Places(), room(2), room(1)
    assert await mine.take([person, address])
    refused = await asyncio.gather(*(mine.take([person, address]) for _ in range(5)))
    assert not any(refused)
    assert await mine.take([person])
    assert not await mine.take([person])


async def test_a_process_that_is_killed_frees_its_places(redis_client: Redis) -> None:
    killed, other, whose = Places(), Places(), room(1)
    assert await killed.take([whose])
    assert not await other.take([whose])
    assert killed._keeping
    killed._keeping.cancel()
    await until(lambda: other.take([whose]))


async def test_what_redis_has_forgotten_is_written_down_again(redis_client: Redis) -> None:
    mine, other, whose = Places(), Places(), room(1)
    assert await mine.take([whose])
    await redis_client.flushall()

    async def is_known() -> bool:
        return bool(await redis_client.hlen(places_key(whose.whose)))

    await until(is_known)
    assert not await other.take([whose])


async def test_what_is_given_back_leaves_nothing(redis_client: Redis) -> None:
    mine, whose = Places(), room(5)
    for _ in range(3):
        assert await mine.take([whose])
    mine.give([whose] * 3)
    assert mine._keeping
    await asyncio.wait_for(mine._keeping, 10)
    assert not await redis_client.exists(places_key(whose.whose))
    assert not mine._held


async def test_who_leaves_while_asking_holds_no_place(redis_client: Redis) -> None:
    mine, whose = Places(), room(1)
    asking = asyncio.create_task(mine.take([whose]))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await until(lambda: mine.take([whose]))


async def test_without_redis_a_process_counts_its_own(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    mine, whose = Places(), room(2)
    taken = [await mine.take([whose]) for _ in range(4)]
    assert taken == [True, True, False, False]
    mine.give([whose])
    assert await mine.take([whose])
    assert mine._keeping
    mine._keeping.cancel()


async def test_a_place_is_held_until_the_end(redis_client: Redis, settings: Any) -> None:
    settings.CHAT_CONNECTIONS_PER_PERSON = 1
    person = uuid.uuid4()
    async with admitted("stream", user_id=person):
        with pytest.raises(RateLimited) as refused:
            await admit("socket", user_id=person)
        assert refused.value.retry_after
    async with admitted("stream", user_id=person):
        pass


async def test_a_place_that_is_lost_in_another_thread_is_given_back_in_its_own(
    redis_client: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    gave, threads = asyncio.Event(), []

    def give(self: Places, rooms: Any) -> None:
        threads.append(threading.get_ident())
        gave.set()

    monkeypatch.setattr(Places, "give", give)
    held = [await admit("stream", user_id=uuid.uuid4())]
    await asyncio.to_thread(held.clear)
    async with asyncio.timeout(10):
        await gave.wait()
    assert threads == [threading.get_ident()]


async def test_an_answer_that_is_never_begun_gives_its_place_back(
    redis_client: Redis, settings: Any
) -> None:
    settings.CHAT_CONNECTIONS_PER_PERSON = 1
    person = uuid.uuid4()
    place = await admit("stream", user_id=person)
    del place
    gc.collect()
    await admit("stream", user_id=person)
