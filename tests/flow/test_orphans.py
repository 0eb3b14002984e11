"""Replies that nobody works on are found and settled."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import redis

from tests.flow.people import Person, assert_in_order, text_of
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.text import text_for


def abandon(stack: Stack, person: Person, *words: str) -> tuple[str, str]:
    """Conversation and reply of a message that was accepted and never queued."""
    process = stack.run("-m", "tests.flow.abandoned", person.name, *words)
    assert process.status(seconds=60) == 0, process.printed
    conversation_id, message_id = process.printed.split()[-2:]
    return str(uuid.UUID(conversation_id)), str(uuid.UUID(message_id))


def remembers_for_seconds(stack: Stack, seconds: float) -> None:
    """Redis says that it has lost nothing for so long."""
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    with redis.Redis.from_url(stack.redis_url) as client:
        client.set("rivulet:memory", since.isoformat(), ex=3600)


def has_just_lost_everything(stack: Stack) -> None:
    """Redis says so, however long it takes until something is accepted."""
    remembers_for_seconds(stack, -60)


async def test_a_message_acknowledged_by_a_process_that_died_is_answered(
    stack: Stack, person: Person
) -> None:
    conversation_id, message_id = abandon(stack, person, "log")
    async with person.socket() as socket:
        await socket.send(type="open", conversation_id=conversation_id)
        end = await socket.end(message_id)
    assert end["metadata"]["status"] == "complete"
    assert_in_order(socket.chunks(message_id))
    assert text_of(socket.chunks(message_id)) == text_for("hello")


async def test_an_orphan_is_settled_by_whoever_reads_it(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack(workers=0)
    person = Person(stack, "somebody")
    conversation_id, message_id = abandon(stack, person)
    async with person.socket() as socket:
        await socket.send(type="open", conversation_id=conversation_id)
        frame = await socket.until(lambda frame: frame["type"] == "message")
    # No worker has ever noted since when Redis remembers.
    assert frame["message"]["id"] == message_id
    assert frame["message"]["status"] == "interrupted"
    page = await asyncio.to_thread(person.get, f"/chat/{conversation_id}/")
    assert 'data-status="interrupted"' in page.text


async def test_a_message_that_was_written_and_never_begun_is_answered(
    stack: Stack, person: Person
) -> None:
    remembers_for_seconds(stack, 60)
    conversation_id, message_id = abandon(stack, person)
    async with person.socket() as socket:
        await socket.send(type="open", conversation_id=conversation_id)
        end = await socket.end(message_id)
    assert end["metadata"]["status"] == "complete"
    assert_in_order(socket.chunks(message_id))
    assert text_of(socket.chunks(message_id)) == text_for("hello")


async def test_a_new_installations_redis_has_lost_nothing(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    until_noted(stack)
    conversation_id, message_id = abandon(stack, person)
    async with person.socket() as socket:
        await socket.send(type="open", conversation_id=conversation_id)
        end = await socket.end(message_id)
    assert end["metadata"]["status"] == "complete"
    assert text_of(socket.chunks(message_id)) == text_for("hello")


async def test_what_is_unfinished_when_redis_is_new_may_have_been_lost(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(workers=0)
    person = Person(stack, "somebody")
    async with person.socket() as socket:
        start = await socket.chat("hello")
    with redis.Redis.from_url(stack.redis_url) as client:
        until(lambda: client.xlen("rivulet:jobs:stream") == 1)
        client.flushall()
    stack.start_worker()
    until(lambda: stack.reply(start["message_id"])["status"] == "interrupted", seconds=20)
    assert stack.requests("hello") == []


def until_noted(stack: Stack) -> None:
    """Wait until a worker has noted that Redis remembers."""
    with redis.Redis.from_url(stack.redis_url) as client:
        until(lambda: client.exists("rivulet:memory"))


async def test_what_redis_may_have_lost_is_not_made_a_second_time(
    stack: Stack, person: Person
) -> None:
    has_just_lost_everything(stack)
    conversation_id, message_id = abandon(stack, person)
    async with person.socket() as socket:
        await socket.send(type="open", conversation_id=conversation_id)
        frame = await socket.until(lambda frame: frame["type"] == "message")
    assert frame["message"]["id"] == message_id
    assert frame["message"]["status"] == "interrupted"
    assert stack.reply(message_id)["status"] == "interrupted"


async def test_a_page_learns_of_a_message_whose_ringing_was_lost(
    stack: Stack, person: Person
) -> None:
    has_just_lost_everything(stack)
    async with person.socket() as socket, person.socket(stack.webs[1]) as listening:
        end = await socket.ask("hello")
        await listening.send(type="open", conversation_id=end["conversation_id"])
        # Written without a word to any group.
        _, message_id = abandon(stack, person, end["conversation_id"])
        question = await listening.until(lambda frame: frame["type"] == "message")
        reply = await listening.until(lambda frame: frame["type"] == "message")
    assert (question["message"]["role"], question["message"]["content"]) == ("user", "hello")
    assert (reply["message"]["id"], reply["message"]["status"]) == (message_id, "interrupted")
    assert not [frame for frame in listening.frames if frame.get("message_id") == end["message_id"]]


async def test_a_waiting_reply_is_not_taken_for_an_orphan(own_stack: Callable[..., Stack]) -> None:
    stack = own_stack(workers=0)
    person = Person(stack, "somebody")
    async with person.socket() as socket:
        start = await socket.chat("hello")
        # Two looks further on than an orphan would have lived.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(8):
                await socket.receive()
        stack.start_worker()
        end = await socket.end(start["message_id"])
    assert end["metadata"]["status"] == "complete"
    assert stack.reply(start["message_id"])["attempts"] == 1


async def test_a_waiting_reply_whose_conversation_is_gone_ends_for_those_who_look(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(workers=0)
    person = Person(stack, "somebody")
    async with person.socket() as socket:
        start = await socket.chat("hello")
        program = (
            "from chat.models import Conversation;"
            f"Conversation.objects.get(id='{start['conversation_id']}').delete()"
        )
        deleting = stack.run("manage.py", "shell", "-c", program)
        assert await asyncio.to_thread(deleting.status, seconds=60) == 0, deleting.printed
        end = await socket.end(start["message_id"])
        assert end["metadata"]["code"] == "not_found"
        # The worker closes the log in the same way.
        stack.start_worker()
    log = f"rivulet:reply:{{{start['message_id']}}}:log"
    with redis.Redis.from_url(stack.redis_url) as client:
        until(lambda: client.xlen(log) == 2 and client.ttl(log) <= 60)
    assert stack.requests("hello") == []
