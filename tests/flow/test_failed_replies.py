"""Replies that end in an error: by their provider, their text, or a conversation that is gone."""

import asyncio
import uuid
from datetime import UTC, datetime

import pytest
import redis

from chat.models import Message
from config.catalogue import Model
from streaming.generation.draft import Draft
from streaming.providers.base import Finish, Usage
from tests.flow.people import Person, text_of
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

MODELS = ["openai:mock", "anthropic:mock-claude"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"fault": "status", "status": 401}, "provider_unavailable"),
        ({"fault": "status", "status": 429}, "provider_unavailable"),
        ({"fault": "status", "status": 500}, "provider_unavailable"),
        ({"fault": "garbage", "at": 4}, "provider_unavailable"),
        ({"fault": "cut", "at": 4, "rate": 50}, "provider_unavailable"),
        ({"fault": "error", "at": 4}, "provider_unavailable"),
        ({"fault": "refuse"}, "provider_unavailable"),
    ],
)
async def test_a_failing_provider_ends_in_a_sentence_and_the_next_message_works(
    stack: Stack, person: Person, model: str, fault: dict[str, object], code: str
) -> None:
    message = plan(tokens=20, **fault)
    async with person.socket() as socket:
        start = await socket.chat(message, model=model)
        error = await socket.end(start["message_id"])
        assert error["chunk_type"] == "error"
        assert error["metadata"]["code"] == code
        assert error["content"].endswith(".")
        kept = stack.reply(start["message_id"])
        assert kept["status"] == "failed"
        assert kept["content"] == text_of(socket.chunks(start["message_id"]))
        assert text_for(message).startswith(kept["content"])
        again = await socket.ask(
            plan(tokens=3), conversation_id=start["conversation_id"], model=model
        )
        assert again["metadata"]["status"] == "complete"


@pytest.mark.parametrize("at", [0, 5])
async def test_a_stalling_provider_ends_in_a_timeout(own_stack, at: int) -> None:  # type: ignore[no-untyped-def]
    stack = own_stack(CHAT_FIRST_TOKEN_TIMEOUT_SECONDS="1", CHAT_TOKEN_GAP_TIMEOUT_SECONDS="1")
    person = Person(stack, "somebody")
    message = plan(tokens=20, fault="stall", at=at)
    async with person.socket() as socket:
        error = await socket.ask(message)
    assert error["metadata"]["code"] == "provider_timeout"
    assert error["metadata"]["retryable"] is True
    until(lambda: stack.requests(message)[0]["end"] == "closed by client", seconds=2)


async def test_what_no_database_takes_ends_in_an_error_and_holds_up_nobody(
    stack: Stack, person: Person
) -> None:
    poisoned = plan(say="hello \x00 world", rate=20)
    async with person.socket() as socket:
        error = await socket.ask(poisoned)
        assert error["chunk_type"] == "error"
        assert stack.reply(error["message_id"])["status"] == "failed"
        assert (await socket.ask(plan(tokens=3)))["metadata"]["status"] == "complete"


async def test_a_conversation_deleted_in_mid_stream_ends_for_everybody(
    stack: Stack, person: Person
) -> None:
    message = plan(tokens=400, rate=20)
    async with person.socket() as here, person.socket(stack.webs[1]) as there:
        start = await here.chat(message)
        conversation_id = start["conversation_id"]
        await there.send(type="open", conversation_id=conversation_id)
        await there.token(start["message_id"])
        # For good, as with the account of its owner.
        delete = (
            "from chat.models import Conversation;"
            f"Conversation.objects.get(id='{conversation_id}').delete()"
        )
        deleting = stack.run("manage.py", "shell", "-c", delete)
        assert await asyncio.to_thread(deleting.status, seconds=20) == 0, deleting.printed
        ends = await asyncio.gather(here.end(start["message_id"]), there.end(start["message_id"]))
    assert [end["metadata"]["code"] for end in ends] == ["not_found", "not_found"]
    until(lambda: stack.requests(message)[0]["end"] == "closed by client", seconds=2)
    with redis.Redis.from_url(stack.redis_url) as client:
        until(lambda: client.ttl(f"rivulet:reply:{{{start['message_id']}}}:log") <= 60, seconds=5)


async def test_impossible_counts_of_a_provider_are_left_out() -> None:
    reply = Message(id=uuid.uuid4(), created_at=datetime.now(UTC))
    draft = Draft(reply, Model("openai", "gpt-5.5", "cloud"))
    for count in (-1, 2**40):
        draft.finish = Finish("stop", Usage(count, 7, count))
        finished = draft.finished(Message.Status.COMPLETE)
        assert (finished.input_tokens, finished.output_tokens) == (None, 7)
        assert finished.cost_usd is None
