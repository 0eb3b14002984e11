"""One count for all processes, over several buckets at once."""

import asyncio
import uuid
from typing import Any

import pytest

from chat.sessions import SignIn
from chat.submissions import Submission
from streaming.doors import admission
from streaming.errors import RateLimited
from streaming.intake import limits
from streaming.intake.limits import Bucket
from streaming.redis import Redis, rate_key


def bucket(most: int, seconds: int = 60) -> Bucket:
    return Bucket(rate_key("test", uuid.uuid4()), most, seconds)


async def test_a_bucket_lets_through_as_many_as_it_holds(redis_client: Redis) -> None:
    mine = bucket(3)
    waits = await limits.take(redis_client, [[mine]] * 5)
    assert waits[:3] == [0, 0, 0]
    assert all(19 < wait <= 20 for wait in waits[3:])


async def test_who_is_refused_by_one_bucket_is_counted_in_no_other(redis_client: Redis) -> None:
    person, address = bucket(10), bucket(2)
    waits = await limits.take(redis_client, [[person, address]] * 5)
    assert [bool(wait) for wait in waits] == [False, False, True, True, True]
    assert await limits.take(redis_client, [[person]] * 9) == [0] * 8 + [pytest.approx(6, abs=0.5)]


async def test_the_longest_wait_is_told(redis_client: Redis) -> None:
    slow, quick = bucket(1, 3600), bucket(1)
    await limits.take(redis_client, [[slow, quick]])
    (wait,) = await limits.take(redis_client, [[quick, slow]])
    assert 3590 < wait <= 3600


async def test_an_empty_bucket_is_not_kept(redis_client: Redis) -> None:
    mine = bucket(5, 1)
    await limits.take(redis_client, [[mine]])
    assert 0 < await redis_client.pttl(mine.key) <= 1000


async def test_requests_of_one_person_are_counted(redis_client: Redis, settings: Any) -> None:
    settings.CHAT_REQUESTS_PER_PERSON = 2
    person = uuid.uuid4()
    for _ in range(2):
        await admission.admit("request", user_id=person)
    with pytest.raises(RateLimited) as refused:
        await admission.admit("request", user_id=person)
    assert 0 < (refused.value.retry_after or 0) <= 30
    await admission.admit("request", user_id=uuid.uuid4())


async def test_who_was_refused_is_refused_again_without_asking(redis_client: Redis) -> None:
    mine = bucket(1)
    await admission.count([mine])
    with pytest.raises(RateLimited):
        await admission.count([mine])
    await redis_client.delete(mine.key)
    with pytest.raises(RateLimited):
        await admission.count([mine])


async def test_the_wait_that_is_told_is_long_enough(redis_client: Redis) -> None:
    mine = bucket(2, 1)
    for _ in range(2):
        await admission.count([mine])
    with pytest.raises(RateLimited) as refused:
        await admission.count([mine])
    await asyncio.sleep(refused.value.retry_after or 0)
    await admission.count([mine])


async def test_a_keys_messages_count_for_the_key_and_for_its_owner(
    redis_client: Redis, settings: Any
) -> None:
    settings.CHAT_RATE_PER_MINUTE = 3
    person = uuid.uuid4()

    def message(sign_in: SignIn) -> list[Bucket]:
        return limits.of(Submission(user_id=person, text="Hi", client_id="x", sign_in=sign_in))

    slow = message(SignIn(person, key_id=uuid.uuid4(), key_rate=2))
    free = message(SignIn(person, key_id=uuid.uuid4()))
    waits = await limits.take(redis_client, [slow] * 3)
    assert [bool(wait) for wait in waits] == [False, False, True]
    waits = await limits.take(redis_client, [free] * 2)
    assert [bool(wait) for wait in waits] == [False, True]
