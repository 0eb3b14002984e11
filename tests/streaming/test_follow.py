"""A reader's cursor: whatever the group loses, repeats or reorders, the reader gets all, once."""

import asyncio
import uuid
from dataclasses import dataclass

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.exceptions import RedisError

from streaming import redis as keys
from streaming.chunks import Chunk, Entry, entry
from streaming.delivery import follow as follow_module
from streaming.delivery import log
from streaming.delivery.follow import Follow, LogLost

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture(autouse=True)
def _short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_module, "SILENCE_SECONDS", 0.05)


def chunks_of(message_id: uuid.UUID, tokens: int) -> list[Chunk]:
    conversation_id = uuid.uuid4()
    kinds = ["start", *["token"] * tokens, "end"]
    return [
        Chunk(message_id, conversation_id, seq, kind, f"{seq} ")  # type: ignore[arg-type]
        for seq, kind in enumerate(kinds)
    ]


async def append(chunk: Chunk, writer: str = "w") -> log.Appended:
    (result,) = await log.append(keys.client(), [log.prepare(chunk, writer=writer)])
    return result


async def unfinished(_: uuid.UUID) -> bool:
    return False


async def finished(_: uuid.UUID) -> bool:
    return True


async def read_all(follow: Follow) -> list[int]:
    async with asyncio.timeout(20):
        return [one["seq"] async for one in follow]


@dataclass(frozen=True)
class Heard:
    """What the group does with one chunk: how often it brings it, and how late."""

    times: int
    late: int


heard = st.builds(Heard, times=st.integers(0, 2), late=st.integers(0, 3))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    what=st.lists(heard, min_size=1, max_size=25),
    starts_after=st.integers(-1, 5),
    joins_at=st.integers(0, 10),
)
async def test_any_interleaving_gives_every_chunk_once_and_in_order(
    what: list[Heard], starts_after: int, joins_at: int
) -> None:
    message_id = uuid.uuid4()
    chunks = chunks_of(message_id, len(what))
    after = min(starts_after, len(chunks) - 2)
    follow = Follow(message_id, after, is_finished=unfinished)
    reading: asyncio.Task[list[int]] | None = None
    later: list[tuple[int, Entry]] = []
    for position, chunk in enumerate(chunks):
        await append(chunk)
        if reading is None and position >= min(joins_at, len(chunks) - 1):
            reading = asyncio.create_task(read_all(follow))
        if position < len(what):
            one = what[position]
            later += [(position + one.late, entry(chunk))] * one.times
        for due, message in list(later):
            if due <= position:
                later.remove((due, message))
                follow.offer(message)
        await asyncio.sleep(0)
    assert reading is not None
    assert await reading == list(range(after + 1, len(chunks)))
    await keys.close()


async def test_a_slow_reader_catches_up_from_the_log_instead_of_filling_memory() -> None:
    message_id = uuid.uuid4()
    chunks = chunks_of(message_id, 3000)
    follow = Follow(message_id, -1, is_finished=unfinished)
    await log.append(keys.client(), [log.prepare(chunk, writer="w") for chunk in chunks])
    stream = aiter(follow)
    assert (await anext(stream))["seq"] == 0
    for chunk in chunks[1:]:
        follow.offer(entry(chunk))
        assert len(follow._live) <= follow_module.LIVE_ENTRIES_MAX
    rest = [one["seq"] async for one in stream]
    assert rest == list(range(1, len(chunks)))
    await keys.close()


async def test_a_last_chunk_that_the_group_lost_is_found_after_a_silence() -> None:
    message_id = uuid.uuid4()
    start, end = chunks_of(message_id, 0)
    await append(start)
    reading = asyncio.create_task(read_all(Follow(message_id, -1, is_finished=unfinished)))
    await append(end)
    assert await reading == [0, 1]
    await keys.close()


async def test_a_log_that_goes_on_just_here_is_not_asked_about() -> None:
    message_id = uuid.uuid4()
    start, end = chunks_of(message_id, 0)
    await append(start)
    asked: list[uuid.UUID] = []

    async def is_finished(asked_for: uuid.UUID) -> bool:
        asked.append(asked_for)
        return False

    follow = Follow(message_id, 0, is_finished=is_finished)
    reading = asyncio.create_task(read_all(follow))
    while follow._silence is None:  # noqa: ASYNC110 (its own timer tells)
        await asyncio.sleep(0.001)
    follow.offer(entry(end))
    assert await reading == [1]
    assert asked == []
    await keys.close()


async def test_an_expired_log_of_a_finished_reply_asks_for_the_saved_message() -> None:
    with pytest.raises(LogLost):
        await read_all(Follow(uuid.uuid4(), 4, is_finished=finished))
    await keys.close()


async def test_a_log_that_lost_its_beginning_asks_for_the_saved_message() -> None:
    message_id = uuid.uuid4()
    chunks = chunks_of(message_id, 5)
    for chunk in chunks[3:]:
        await append(chunk)
    with pytest.raises(LogLost):
        await read_all(Follow(message_id, 0, is_finished=finished))
    await keys.close()


async def test_a_saved_reply_whose_end_is_on_its_way_is_waited_for() -> None:
    message_id = uuid.uuid4()
    start, end = chunks_of(message_id, 0)
    await append(start)
    reading = asyncio.create_task(read_all(Follow(message_id, 0, is_finished=finished)))
    await asyncio.sleep(0.02)
    await append(end)
    assert await reading == [1]
    await keys.close()


async def test_a_database_that_is_away_does_not_end_a_reader() -> None:
    message_id = uuid.uuid4()
    start, end = chunks_of(message_id, 0)
    await append(start)
    asked: list[uuid.UUID] = []

    async def away(asked_for: uuid.UUID) -> bool:
        asked.append(asked_for)
        if len(asked) < 3:
            raise OperationalError
        await append(end)
        return True

    assert await read_all(Follow(message_id, -1, is_finished=away)) == [0, 1]
    await keys.close()


# -- the log -----------------------------------------------------------------------------


async def test_a_second_writer_of_the_same_seq_is_refused() -> None:
    start, token, end = chunks_of(uuid.uuid4(), 1)
    assert await append(start) is log.Appended.DONE
    assert await append(token, "first") is log.Appended.DONE
    assert await append(token, "second") is log.Appended.REFUSED
    assert await append(start, "second") is log.Appended.REFUSED
    assert await append(end, "second") is log.Appended.DONE
    await keys.close()


async def test_an_append_repeated_after_a_broken_connection_counts_once() -> None:
    message_id = uuid.uuid4()
    start, token, _ = chunks_of(message_id, 1)
    await append(start)
    assert await append(token, "mine") is log.Appended.DONE
    assert await append(token, "mine") is log.Appended.DONE
    assert len(await log.read_all(keys.client(), message_id)) == 2
    await keys.close()


async def test_a_log_always_expires() -> None:
    message_id = uuid.uuid4()
    start, token, end = chunks_of(message_id, 1)
    redis = keys.client()
    # A log that was lost begins again with a later chunk.
    for chunk in (token, end):
        await append(chunk)
        assert await redis.ttl(keys.log_key(message_id)) > 0
    assert start.seq == 0
    await keys.close()


async def test_a_stop_is_told_to_whoever_appends_next() -> None:
    message_id = uuid.uuid4()
    start, token, _ = chunks_of(message_id, 1)
    await append(start)
    await keys.client().set(keys.stop_key(message_id), "1", ex=60)
    assert await append(token) is log.Appended.DONE_AND_STOP_ASKED
    await keys.close()


async def test_a_full_redis_is_not_taken_for_another_worker() -> None:
    message_id = uuid.uuid4()
    start, token, _ = chunks_of(message_id, 1)
    await append(start)
    redis = keys.client()
    await redis.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(RedisError):
            await append(token)
    finally:
        await redis.config_set("maxmemory", "0")
    assert await append(token) is log.Appended.DONE
    await keys.close()
