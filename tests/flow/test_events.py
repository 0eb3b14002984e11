"""Replies as server-sent events, from real processes."""

import json
import signal
import subprocess
import uuid
from collections.abc import Callable

import redis

from streaming.chunks import SEQ_MAX
from streaming.doors.api.events import RETRY_MS
from tests.flow.api import EventReader, Program
from tests.flow.keys import key_of
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

MakeStack = Callable[..., Stack]


def assert_in_order(reader: EventReader, first: int = 0) -> None:
    assert reader.ids == list(range(first, first + len(reader.ids)))
    assert [event["type"] in ("complete", "error") for event in reader.events] == [
        *([False] * (len(reader.events) - 1)),
        True,
    ]


async def test_a_message_is_answered_as_it_is_made(person: Person, stack: Stack) -> None:
    program, message = Program(person), plan(tokens=60, rate=20)
    async with program.sends(message) as reader:
        headers = reader.response.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert headers["cache-control"] == "no-cache"
        assert headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in headers
        first = await reader.next()
        assert first is not None
        assert first["type"] == "metadata"
        assert {"message_id", "conversation_id", "user_message_id"} <= first.keys()
        await reader.token()
        assert stack.reply(first["message_id"])["status"] == "processing"
        await reader.rest()
    assert reader.lines[0] == f"retry: {RETRY_MS}"
    assert_in_order(reader)
    assert reader.text == text_for(message) == stack.reply(first["message_id"])["content"]
    end = reader.events[-1]
    assert (end["status"], end["model"], end["usage"]["output_tokens"]) == ("complete", "mock", 60)


async def test_a_reader_that_left_goes_on_elsewhere_where_it_was(
    person: Person, stack: Stack
) -> None:
    message = plan(tokens=80, rate=40)
    async with Program(person).sends(message) as reader:
        start = await reader.next()
        assert start is not None
        for _ in range(10):
            await reader.token()
    elsewhere = Program(person, stack.webs[1])
    async with elsewhere.follows(start["message_id"], **{"Last-Event-ID": reader.last_id}) as rest:
        await rest.rest()
    assert_in_order(rest, int(reader.last_id) + 1)
    assert reader.text + rest.text == text_for(message)
    assert len(stack.requests(message)) == 1
    async with elsewhere.follows(start["message_id"], "?after=4") as by_query:
        await by_query.rest()
    assert by_query.ids[0] == 5
    async with elsewhere.follows(
        start["message_id"], "?after=4", **{"Last-Event-ID": "7"}
    ) as by_header:
        await by_header.rest()
    assert by_header.ids[0] == 8
    async with elsewhere.follows(start["message_id"]) as replayed:
        await replayed.rest()
    assert replayed.events == reader.events + rest.events


async def test_who_has_read_to_the_end_is_told_not_to_come_again(person: Person) -> None:
    program = Program(person)
    async with program.sends(plan(tokens=5)) as reader:
        events = await reader.rest()
    path = f"messages/{events[0]['message_id']}/stream"
    assert program.get(path, **{"Last-Event-ID": reader.last_id}).status_code == 204
    assert program.get(f"{path}?after={SEQ_MAX}").status_code == 204


async def test_plain_text(person: Person) -> None:
    program, message = Program(person), plan(tokens=10, rate=50)
    async with program.sends(message, "chat/stream?format=text") as reader:
        while (await reader.next()) != {"type": "done"}:
            pass
        assert await reader.next() is None
    assert reader.raw[-1] == "[DONE]"
    assert "".join(json.loads(data)["text"] for data in reader.raw[:-1]) == text_for(message)


async def test_a_repeated_send_streams_the_same_reply(person: Person, stack: Stack) -> None:
    program, message, client_id = Program(person), plan(tokens=40, rate=40), uuid.uuid4().hex
    async with program.sends(message, client_id=client_id) as first:
        await first.token()
        async with program.sends(message, client_id=client_id) as second:
            await second.rest()
        await first.rest()
    assert first.events == second.events
    assert len(stack.requests(message)) == 1


async def test_a_reply_that_fails_ends_with_an_error(person: Person) -> None:
    async with Program(person).sends(plan(tokens=20, fault="cut", at=5)) as reader:
        await reader.rest()
    assert_in_order(reader)
    end = reader.events[-1]
    assert (end["type"], end["code"], end["retryable"]) == ("error", "provider_unavailable", True)
    assert end["content"]


async def test_who_leaves_stops_nothing_and_costs_nothing(own_stack: MakeStack) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    client = redis.Redis(port=stack.redis_port)
    message = plan(tokens=240, rate=40)
    async with Program(person).sends(message) as reader:
        start = await reader.next()
        assert start is not None
        await reader.token()
        group = f"rivulet__group__conversation.{start['conversation_id']}"
        assert client.pubsub_numsub(group)[0][1] == 1
    until(lambda: client.pubsub_numsub(group)[0][1] == 0)
    assert stack.reply(start["message_id"])["status"] == "processing"
    until(lambda: stack.reply(start["message_id"])["status"] == "complete")
    assert stack.reply(start["message_id"])["content"] == text_for(message)


async def test_a_log_that_has_expired_gives_the_saved_message(person: Person, stack: Stack) -> None:
    program, message = Program(person), plan(tokens=10)
    answer = program.post("chat", message=message).json()
    redis.Redis(port=stack.redis_port).delete(f"rivulet:reply:{{{answer['message_id']}}}:log")
    async with program.follows(answer["message_id"]) as reader:
        kinds = [event["type"] for event in await reader.rest()]
    assert kinds == ["metadata", "token", "complete"]
    assert reader.text == text_for(message)
    assert reader.events[-1]["usage"] == answer["usage"]
    async with program.follows(answer["message_id"], "?after=3") as late:
        kinds = [event["type"] for event in await late.rest()]
    assert kinds == ["reset", "token", "complete"]
    assert late.text == text_for(message)
    path = f"messages/{answer['message_id']}/stream"
    assert program.get(path, **{"Last-Event-ID": late.last_id}).status_code == 204
    assert len(stack.requests(message)) == 1


async def test_a_web_process_that_leaves_sends_its_readers_elsewhere(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(webs=2)
    person = Person(stack, "somebody")
    message = plan(tokens=160, rate=40)
    here, elsewhere = Program(person), Program(person, stack.webs[1])
    async with here.sends(message) as reader:
        start = await reader.next()
        assert start is not None
        await reader.token()
        stack.webs[0].running.process.send_signal(signal.SIGTERM)
        await reader.rest()
    assert reader.lines[-2:] == [": come back with Last-Event-ID", ""]
    async with elsewhere.follows(start["message_id"], **{"Last-Event-ID": reader.last_id}) as rest:
        await rest.rest()
    assert_in_order(rest, int(reader.last_id) + 1)
    assert reader.text + rest.text == text_for(message)
    assert stack.webs[0].running.status() == 0
    assert "not all connections" not in stack.webs[0].running.printed


async def test_another_attempt_voids_the_text(own_stack: MakeStack) -> None:
    stack = own_stack(workers=1)
    person = Person(stack, "somebody")
    message = plan(tokens=60, rate=20)
    async with Program(person).sends(message) as reader:
        await reader.token()
        stack.workers[0].process.kill()
        stack.start_worker()
        await reader.rest()
    assert_in_order(reader)
    assert "reset" in [event["type"] for event in reader.events]
    assert reader.text == text_for(message)


async def test_signing_out_ends_the_stream(own_stack: MakeStack) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    # Whoever looks after the sessions began with this request, and outlives it.
    async with Program(person).sends("hello") as first:
        await first.rest()
    async with Program(person).sends(plan(tokens=3000, rate=20)) as reader:
        await reader.token()
        person.post("/sign-out/")
        await reader.rest()
    assert (reader.events[-1]["type"], reader.events[-1]["code"]) == ("error", "unauthenticated")


async def test_revoking_the_key_ends_the_stream(own_stack: MakeStack) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    program = Program(person)
    program.headers = {"Authorization": f"Bearer {key_of(person)}"}
    async with program.sends(plan(tokens=3000, rate=20)) as reader:
        await reader.token()
        stack.execute("UPDATE chat_apikey SET revoked_at = '2020-01-01 00:00:00'")
        await reader.rest()
    assert (reader.events[-1]["type"], reader.events[-1]["code"]) == ("error", "unauthenticated")


async def test_a_conversation_that_is_deleted_ends_the_stream(person: Person) -> None:
    async with Program(person).sends(plan(tokens=3000, rate=20)) as reader:
        start = await reader.next()
        assert start is not None
        await reader.token()
        person.post(f"/chat/{start['conversation_id']}/delete/")
        await reader.rest()
    # Deleting stops what is being answered.
    assert (reader.events[-1]["type"], reader.events[-1]["status"]) == ("complete", "stopped")


async def test_a_stream_waits_for_redis(own_stack: MakeStack) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    message = plan(tokens=60, rate=20)
    async with Program(person).sends(message) as reader:
        await reader.token()
        stack.redis.process.kill()
        stack.redis.process.wait(10)
        stack.start_redis()
        await reader.rest()
    assert_in_order(reader)
    assert reader.text == text_for(message)


def test_curl_reads_it_as_it_is(person: Person) -> None:
    program, message = Program(person), plan(tokens=5)
    headers = [word for item in program.headers.items() for word in ("-H", ": ".join(item))]
    body = json.dumps({"message": message})
    said = subprocess.run(
        ["curl", "-sSN", f"{program.url}/chat/stream?format=text", "--json", body, *headers],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    data = [line.removeprefix("data: ") for line in said.split("\n") if line.startswith("data: ")]
    assert data[-1] == "[DONE]"
    assert "".join(json.loads(one)["text"] for one in data[:-1]) == text_for(message)
