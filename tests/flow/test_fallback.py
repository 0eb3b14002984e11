"""Fall-back and circuit breakers, with real workers: what a person sees."""

import json
import socket
import uuid
from collections.abc import Callable

import redis

from tests.flow.people import Person, assert_in_order, text_of
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

MakeStack = Callable[..., Stack]


async def test_a_provider_that_is_down_is_noticed_by_nobody_but_the_staff(
    own_stack: MakeStack,
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    stack = own_stack(
        workers=2,
        OPENAI_BASE_URL=nobody,
        CHAT_BREAKER_FAILURES="3",
        CHAT_BREAKER_OPEN_SECONDS="60",
        CHAT_BREAKER_REFUSED_SECONDS="60",
    )
    person = Person(stack, "somebody")
    ends = []
    async with person.socket() as sock:
        for _ in range(8):
            message = plan(tokens=6)
            start = await sock.chat(message)
            end = await sock.end(start["message_id"])
            chunks = sock.chunks(start["message_id"])
            assert_in_order(chunks)
            assert text_of(chunks) == text_for(message)
            first = next(chunk for chunk in chunks if chunk["chunk_type"] == "token")
            assert first["metadata"] == {"provider": "anthropic", "model": "mock-claude"}
            ends.append(end["metadata"])
    assert {(one["status"], one["provider"], one["source"]) for one in ends} == {
        ("complete", "anthropic", "cloud")
    }
    # Three found out, whichever worker had them; then both knew.
    kinds = [row[0][0]["kind"] for row in tries(stack)]
    assert sorted(kinds) == ["circuit open"] * 5 + ["connection"] * 3
    checked = stack.run("manage.py", "check_providers")
    assert checked.status(seconds=60) == 1
    assert "openai:mock" in checked.printed
    assert "open " in checked.printed


async def test_where_nobody_answers_the_message_is_kept_and_trying_again_works(
    own_stack: MakeStack,
) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    # Both models are asked the same, and each fails once.
    message = plan(tokens=6, fault="status", status=503, times=2)
    async with person.socket() as sock:
        end = await sock.ask(message)
        assert (end["chunk_type"], end["metadata"]["code"]) == ("error", "provider_unavailable")
        assert end["metadata"]["retryable"]
        assert [one["provider"] for one in end["metadata"]["tried"]] == ["openai", "anthropic"]
        again = uuid.uuid4().hex
        await sock.send(type="regenerate", message_id=end["message_id"], client_id=again)
        start = await sock.until(
            lambda frame: (
                frame.get("chunk_type") == "start" and frame["metadata"]["client_id"] == again
            )
        )
        end = await sock.end(start["message_id"])
    assert end["metadata"]["status"] == "complete"
    assert text_of(sock.chunks(start["message_id"])) == text_for(message)


async def test_a_probe_that_died_with_its_worker_is_not_the_last(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(workers=2, CHAT_FIRST_TOKEN_TIMEOUT_SECONDS="2")
    person = Person(stack, "somebody")
    with redis.Redis.from_url(stack.redis_url) as client:
        key = "rivulet:breaker:openai:mock"
        # Half open, and somebody has just begun to try it.
        soon = int(client.time()[0] * 1000) + 3000
        values = {"open_until": 1, "probe": "dead", "probe_until": soon, "kind": "timeout"}
        client.hset(key, mapping=values)
        async with person.socket() as sock:
            meanwhile = await sock.ask(plan(tokens=3))
            assert meanwhile["metadata"]["provider"] == "anthropic"
            until(lambda: client.time()[0] * 1000 > soon + 1000, seconds=10)
            end = await sock.ask(plan(tokens=3))
        assert end["metadata"]["provider"] == "openai"
        assert not client.exists(key)


def tries(stack: Stack) -> list[list[list[dict[str, str]]]]:
    rows = stack.rows("SELECT tries FROM chat_message WHERE role = 'assistant'")
    return [[json.loads(row[0])] for row in rows]
