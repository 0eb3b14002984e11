"""What a reader sees when processes go away in the middle of a reply."""

import asyncio
import signal
import uuid
from collections.abc import Callable

import pytest
import redis

from tests.flow.people import Person, assert_in_order, text_of
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

MakeStack = Callable[..., Stack]


async def test_a_killed_workers_reply_is_made_by_another(own_stack: MakeStack) -> None:
    stack = own_stack(workers=1)
    person = Person(stack, "somebody")
    message = plan(tokens=60, rate=20)
    async with person.socket() as socket:
        start = await socket.chat(message)
        for _ in range(5):
            await socket.token(start["message_id"])
        stack.workers[0].process.kill()
        stack.start_worker()
        end = await socket.end(start["message_id"])
    chunks = socket.chunks(start["message_id"])
    assert_in_order(chunks)
    assert "reset" in [chunk["chunk_type"] for chunk in chunks]
    assert end["metadata"]["status"] == "complete"
    saved = stack.reply(start["message_id"])
    assert saved["content"] == text_of(chunks) == text_for(message)
    assert saved["attempts"] == 2
    assert len(stack.requests(message)) == 2


async def test_where_the_provider_continues_the_same_answer_goes_on(own_stack: MakeStack) -> None:
    stack = own_stack(workers=1, OPENAI_CONTINUES="1")
    person = Person(stack, "somebody")
    message = plan(tokens=60, rate=20)
    async with person.socket() as socket:
        start = await socket.chat(message)
        for _ in range(5):
            await socket.token(start["message_id"])
        stack.workers[0].process.kill()
        stack.start_worker()
        end = await socket.end(start["message_id"])
    chunks = socket.chunks(start["message_id"])
    assert_in_order(chunks)
    assert "reset" not in [chunk["chunk_type"] for chunk in chunks]
    fence = next(chunk for chunk in chunks if chunk["chunk_type"] == "metadata")
    assert fence["metadata"] == {"attempt": 2}
    seam = len(text_of(chunks[: fence["seq"]]))
    first, second = stack.requests(message)
    assert second["messages"][:-1] == first["messages"]
    assert len(second["messages"][-1]["content"]) == seam > 0
    saved = stack.reply(start["message_id"])
    assert saved["content"] == text_of(chunks) == text_for(message)
    assert end["metadata"]["seams"] == [seam]
    assert end["metadata"]["attempts"] == saved["attempts"] == 2


async def test_a_provider_that_refuses_to_continue_begins_again(own_stack: MakeStack) -> None:
    stack = own_stack(workers=1, OPENAI_CONTINUES="1")
    person = Person(stack, "somebody")
    message = plan(tokens=60, rate=20, continues=False)
    async with person.socket() as socket:
        start = await socket.chat(message)
        await socket.token(start["message_id"])
        stack.workers[0].process.kill()
        stack.start_worker()
        end = await socket.end(start["message_id"])
    chunks = socket.chunks(start["message_id"])
    assert_in_order(chunks)
    assert [chunk["chunk_type"] for chunk in chunks].count("reset") == 1
    assert stack.reply(start["message_id"])["content"] == text_of(chunks) == text_for(message)
    assert end["metadata"]["seams"] == []


async def test_a_worker_told_to_leave_finishes_what_it_has(own_stack: MakeStack) -> None:
    stack = own_stack(workers=2, WORKER_DRAIN_SECONDS="20")
    person = Person(stack, "somebody")
    message = plan(tokens=80, rate=20)
    async with person.socket() as socket:
        start = await socket.chat(message)
        await socket.token(start["message_id"])
        for worker in stack.workers:
            worker.process.send_signal(signal.SIGTERM)
        end = await socket.end(start["message_id"])
    assert end["metadata"]["status"] == "complete"
    assert "reset" not in [chunk["chunk_type"] for chunk in socket.chunks(start["message_id"])]
    assert stack.reply(start["message_id"])["attempts"] == 1
    assert [worker.status() for worker in stack.workers] == [0, 0]


async def test_a_worker_out_of_time_gives_its_replies_back(own_stack: MakeStack) -> None:
    stack = own_stack(workers=1, WORKER_DRAIN_SECONDS="0.5", WORKER_LEASE_SECONDS="20")
    person = Person(stack, "somebody")
    message = plan(tokens=60, rate=15)
    async with person.socket() as socket:
        start = await socket.chat(message)
        await socket.token(start["message_id"])
        stack.workers[0].process.send_signal(signal.SIGTERM)
        assert stack.workers[0].status() == 0
        until(lambda: stack.requests(message)[0]["end"] == "closed by client", seconds=2)
        stack.start_worker()
        # Long before the lease would have run out.
        async with asyncio.timeout(15):
            end = await socket.end(start["message_id"])
    assert end["metadata"]["status"] == "complete"
    assert_in_order(socket.chunks(start["message_id"]))
    assert text_of(socket.chunks(start["message_id"])) == text_for(message)
    # Both attempts were paid for.
    assert stack.rows("SELECT sum(calls) FROM chat_spending") == [(2,)]


async def test_a_web_process_told_to_leave_says_so_and_another_goes_on(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(webs=2)
    person = Person(stack, "somebody")
    message = plan(tokens=60, rate=20)
    async with person.socket(stack.webs[0]) as first:
        start = await first.chat(message)
        for _ in range(3):
            await first.token(start["message_id"])
        stack.webs[0].running.process.send_signal(signal.SIGTERM)
        assert await first.closed() == 1012
    assert {"type": "draining"} in first.frames
    assert stack.webs[0].running.status() == 0
    seen = first.chunks(start["message_id"])
    async with person.socket(stack.webs[1]) as second:
        await second.send(type="resume", message_id=start["message_id"], after=seen[-1]["seq"])
        await second.end(start["message_id"])
    rest = second.chunks(start["message_id"])
    assert_in_order(seen + rest)
    assert text_of(seen + rest) == text_for(message)


@pytest.mark.parametrize("append_only", [True, False])
async def test_redis_restarted_in_mid_stream_loses_nothing_that_is_kept(
    own_stack: MakeStack, append_only: bool
) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    message = plan(tokens=80, rate=20)
    async with person.socket() as socket:
        start = await socket.chat(message)
        for _ in range(5):
            await socket.token(start["message_id"])
        stack.redis.process.send_signal(signal.SIGTERM)
        stack.redis.status()
        stack.start_redis(append_only=append_only)
        last = await socket.until(
            lambda frame: frame.get("chunk_type") in ("end", "error") or frame["type"] == "message"
        )
    saved = stack.reply(start["message_id"])
    assert saved["status"] == "complete"
    assert saved["content"] == text_for(message)
    if last["type"] == "message":
        assert last["message"]["content"] == saved["content"]
    else:
        assert_in_order(socket.chunks(start["message_id"]))
        assert text_of(socket.chunks(start["message_id"])) == saved["content"]


async def test_a_broken_connection_to_redis_hands_over_nothing_and_holds_up_nobody(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(workers=2)
    person = Person(stack, "somebody")
    message = plan(tokens=150, rate=15)
    async with person.socket() as socket:
        long = await socket.chat(message)
        await socket.token(long["message_id"])
        with redis.Redis.from_url(stack.redis_url) as client:
            client.client_kill_filter(_type="normal", skipme=True)
        short = await socket.ask(plan(tokens=5))
        assert short["metadata"]["status"] == "complete"
        # Answered while the other one, which began before, is still being made.
        assert stack.reply(long["message_id"])["status"] == "processing"
        end = await socket.end(long["message_id"])
    assert end["metadata"]["attempts"] == 1
    assert len(stack.requests(message)) == 1


async def test_a_message_sent_while_no_worker_runs_is_answered_later(own_stack: MakeStack) -> None:
    stack = own_stack(workers=0)
    person = Person(stack, "somebody")
    message = plan(tokens=5)
    async with person.socket() as socket:
        start = await socket.chat(message)
        stack.start_worker()
        end = await socket.end(start["message_id"])
    assert end["metadata"]["status"] == "complete"
    assert text_of(socket.chunks(start["message_id"])) == text_for(message)


async def test_stop_ends_a_reply_that_waits_for_a_worker(own_stack: MakeStack) -> None:
    stack = own_stack(workers=0)
    person = Person(stack, "somebody")
    message = plan(tokens=5)
    async with person.socket() as socket:
        start = await socket.chat(message)
        await socket.send(type="stop", message_id=start["message_id"])
        end = await socket.end(start["message_id"])
        assert end["metadata"]["status"] == "stopped"
        stack.start_worker()
        following = await socket.ask(plan(tokens=2))
    assert following["metadata"]["status"] == "complete"
    assert stack.reply(start["message_id"])["status"] == "stopped"
    assert not stack.requests(message)


async def test_a_client_that_does_not_read_keeps_no_other_from_hearing_of_the_end(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(WEB_DRAIN_SECONDS="3")
    person = Person(stack, "somebody")
    async with person.socket(max_queue=1) as stuck, person.socket() as good:
        for _ in range(6):
            await stuck.send(type="chat", message=plan(tokens=150_000), client_id=uuid.uuid4().hex)
        await good.ask(plan(tokens=3))
        await asyncio.to_thread(
            until,
            lambda: (
                stack.rows("SELECT count(*) FROM chat_message WHERE status = 'processing'")
                == [(0,)]
            ),
            seconds=60,
        )
        stack.webs[0].running.process.send_signal(signal.SIGTERM)
        assert await good.closed() == 1012
        assert {"type": "draining"} in good.frames
        assert await asyncio.to_thread(stack.webs[0].running.status) == 0


async def test_a_worker_that_was_given_up_and_wakes_again_writes_nothing(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(workers=2)
    person = Person(stack, "somebody")
    message = plan(tokens=200, rate=15)
    async with person.socket() as socket:
        start = await socket.chat(message)
        for _ in range(5):
            await socket.token(start["message_id"])
        # Which of the two has it is not known: where the first has not, the second sleeps.
        first, second = stack.workers
        first.process.send_signal(signal.SIGSTOP)
        if not await asyncio.to_thread(taken_over, stack, start["message_id"], 5):
            first.process.send_signal(signal.SIGCONT)
            second.process.send_signal(signal.SIGSTOP)
            assert await asyncio.to_thread(taken_over, stack, start["message_id"], 10)
        for worker in stack.workers:
            worker.process.send_signal(signal.SIGCONT)
        end = await socket.end(start["message_id"])
    chunks = socket.chunks(start["message_id"])
    assert_in_order(chunks)
    assert [chunk["chunk_type"] for chunk in chunks].count("reset") == 1
    assert end["metadata"]["status"] == "complete"
    saved = stack.reply(start["message_id"])
    assert saved["attempts"] == 2
    assert saved["content"] == text_of(chunks) == text_for(message)
    assert len(stack.requests(message)) == 2


def taken_over(stack: Stack, message_id: str, seconds: float) -> bool:
    """Whether a second attempt begins within so many seconds."""
    try:
        until(lambda: stack.reply(message_id)["attempts"] == 2, seconds=seconds)
    except AssertionError:
        return False
    return True


async def test_processes_that_are_told_to_leave_do_so_without_redis(own_stack: MakeStack) -> None:
    stack = own_stack(WEB_DRAIN_SECONDS="2", WORKER_DRAIN_SECONDS="2")
    person = Person(stack, "somebody")
    async with person.socket() as socket:
        await socket.ask(plan(tokens=2))
        stack.redis.process.kill()
        stack.redis.process.wait(10)
        for process in (stack.webs[0].running.process, stack.workers[0].process):
            process.send_signal(signal.SIGTERM)
        assert await socket.closed() == 1012
    assert stack.webs[0].running.status(seconds=15) == 0
    stack.workers[0].status(seconds=15)
