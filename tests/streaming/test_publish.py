"""The publisher: order, joining, retries, and giving way to another worker."""

import asyncio
import uuid
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import ConnectionError as RedisConnectionError

from streaming import redis as keys
from streaming.chunks import Chunk, text_of
from streaming.delivery import log, publish
from streaming.delivery.log import Appended, Superseded
from streaming.delivery.publish import Publisher, ReplyWriter

pytestmark = pytest.mark.usefixtures("redis_client")


async def started_reply() -> tuple[uuid.UUID, uuid.UUID]:
    message_id, conversation_id = uuid.uuid4(), uuid.uuid4()
    start = Chunk(message_id, conversation_id, 0, "start")
    await log.append(keys.client(), [log.prepare(start, writer="start")])
    return message_id, conversation_id


def writer_of(
    publisher: Publisher, ids: tuple[uuid.UUID, uuid.UUID], calls: list[bool] | None = None
) -> ReplyWriter:
    noted: list[bool] = [] if calls is None else calls
    return publisher.writer(*ids, next_seq=1, on_interrupt=noted.append)


async def test_what_was_passed_on_is_in_the_log_in_order_without_holes() -> None:
    ids = await started_reply()
    async with Publisher() as publisher:
        writer = writer_of(publisher, ids)
        for number in range(500):
            writer.token(f"{number} ")
            if number % 7 == 0:
                await asyncio.sleep(0)
        await writer.send("end", "", {"status": "complete"})
    entries = await log.read_all(keys.client(), ids[0])
    assert [entry["seq"] for entry in entries] == list(range(len(entries)))
    assert text_of(entries) == "".join(f"{number} " for number in range(500))
    # A fast model's tokens were joined.
    assert len(entries) < 100


async def test_a_slow_models_tokens_leave_one_by_one() -> None:
    ids = await started_reply()
    async with Publisher() as publisher:
        writer = writer_of(publisher, ids)
        for number in range(4):
            writer.token(f"{number} ")
            await writer.drained()
            await asyncio.sleep(publish.FAST_GAP_SECONDS * 1.5)
        entries = await log.read_all(keys.client(), ids[0])
    assert [entry["kind"] for entry in entries] == ["start", *["token"] * 4]


async def test_a_writer_that_was_overtaken_is_told_and_writes_no_more() -> None:
    ids = await started_reply()
    interruptions: list[bool] = []
    async with Publisher() as publisher:
        zombie = writer_of(publisher, ids, interruptions)
        successor = writer_of(publisher, ids)
        await successor.send("reset", "", {})
        zombie.token("late")
        with pytest.raises(Superseded):
            await zombie.drained()
        zombie.token("later")
        with pytest.raises(Superseded):
            await zombie.send("end", "", {})
    assert interruptions[0] is False
    assert [entry["kind"] for entry in await log.read_all(keys.client(), ids[0])] == [
        "start",
        "reset",
    ]


async def test_what_redis_did_not_take_is_sent_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = await started_reply()
    failures = iter([True, False, True])
    monkeypatch.setattr(publish, "RETRY_SECONDS", 0.01)

    async def flaky(redis: keys.Redis, appends: list[log.Append]) -> list[log.Appended]:
        results = await log.append(redis, appends)
        # The answer is lost after the command was carried out: the worst case.
        if next(failures, False):
            raise RedisConnectionError
        return results

    monkeypatch.setattr(publish, "append", flaky)
    async with Publisher() as publisher:
        writer = writer_of(publisher, ids)
        for number in range(20):
            writer.token(f"{number} ")
            await asyncio.sleep(0.002)
        await writer.send("end", "", {})
    entries = await log.read_all(keys.client(), ids[0])
    assert text_of(entries) == "".join(f"{number} " for number in range(20))
    assert [entry["seq"] for entry in entries] == list(range(len(entries)))


async def test_a_provider_that_outruns_redis_is_told_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = await started_reply()
    blocked = asyncio.Event()

    async def stuck(redis: keys.Redis, appends: list[log.Append]) -> list[log.Appended]:
        await blocked.wait()
        return await log.append(redis, appends)

    monkeypatch.setattr(publish, "append", stuck)
    async with Publisher() as publisher:
        writer = writer_of(publisher, ids)
        assert not writer.is_ahead
        for _ in range(11):
            writer.token("x" * 100_000)
        assert writer.is_ahead
        blocked.set()
        await writer.drained()
        assert not writer.is_ahead


async def test_chunks_of_many_replies_go_together_and_each_has_its_own_outcome() -> None:
    replies = [await started_reply() for _ in range(100)]
    *others, overtaken, stopped = replies
    await keys.client().set(keys.stop_key(stopped[0]), "1")
    await log.append(keys.client(), [log.prepare(Chunk(*overtaken, 1, "token"), writer="later")])
    chunks = [(Chunk(*ids, 1, "token", "word"), Chunk(*ids, 2, "end")) for ids in replies]
    together = [log.prepare(chunk, writer="w") for pair in chunks for chunk in pair]
    assert len(together) > log.APPENDED_TOGETHER
    done, refused, asked = Appended.DONE, Appended.REFUSED, Appended.DONE_AND_STOP_ASKED
    outcomes = [*[done] * 2 * len(others), refused, done, asked, asked]
    assert await log.append(keys.client(), together) == outcomes
    # And once more, as after an answer that was lost: nothing is there twice.
    assert await log.append(keys.client(), together) == outcomes
    for message_id, _ in (*others, stopped):
        entries = await log.read_all(keys.client(), message_id)
        assert [one["kind"] for one in entries] == ["start", "token", "end"]
        kept_for = await keys.client().ttl(keys.log_key(message_id))
        assert 0 < kept_for <= settings.STREAM_LOG_TTL_SECONDS


async def test_every_message_of_a_group_is_heard_however_many_come_at_once() -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    heard: list[int] = []
    all_heard = asyncio.Event()

    def hear(message: dict[str, Any]) -> None:
        heard.append(message["number"])
        if len(heard) == 2000:
            all_heard.set()

    layer.listen(channel, hear)
    await layer.group_add("many", channel)
    pipeline = keys.client().pipeline(transaction=False)
    for number in range(2000):
        told = layer.serialize({"type": "counted", "number": number, "text": "x" * 200})
        pipeline.publish(layer.group_channel("many"), told)
    await pipeline.execute()
    async with asyncio.timeout(10):
        await all_heard.wait()
    assert heard == list(range(2000))
    layer.listen(channel, None)
    await layer.group_discard("many", channel)
