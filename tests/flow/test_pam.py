"""Clients of the first generation, over real processes."""

from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.flow.pam import closing, pam, say
from tests.flow.people import Frame, Person, Socket
from tests.flow.stack import Stack
from tests.provider.asking import plan
from tests.provider.text import text_for

MakeStack = Callable[..., Stack]
START = {"type", "message_id", "status", "message", "timestamp"}
DELTA = {"type", "content", "timestamp"}
COMPLETE = {"type", "full_response", "source", "processing_time_ms", "timestamp"}
RESPONSE = {"type", "message", "content", "message_id"} | COMPLETE - {"full_response"}


def deltas(frames: list[Frame]) -> str:
    return "".join(frame["content"] for frame in frames if frame["type"] == "chat_response_delta")


async def test_a_streamed_answer_is_start_deltas_and_complete(stack: Stack, person: Person) -> None:
    message = plan(tokens=60, rate=200)
    async with pam(person) as socket:
        await say(socket, message, stream=True)
        complete = await closing(socket)
    start, *middle = socket.frames[:-1]
    assert set(start) == START
    assert (start["type"], start["status"]) == ("chat_response_start", "processing")
    assert start["message"]
    assert len(middle) > 1
    assert all(set(frame) == DELTA for frame in middle)
    assert set(complete) == COMPLETE
    assert complete["type"] == "chat_response_complete"
    assert complete["source"] == "cloud"
    assert complete["processing_time_ms"] > 0
    assert deltas(middle) == complete["full_response"] == text_for(message)
    assert stack.reply(start["message_id"])["content"] == text_for(message)


@pytest.mark.parametrize("more", [{"stream": False}, {}, {"stream": None}])
async def test_without_streaming_there_is_one_frame(
    stack: Stack, person: Person, more: dict[str, Any]
) -> None:
    message = plan(tokens=30)
    async with pam(person) as socket:
        await say(socket, message, **more)
        response = await closing(socket)
        assert socket.frames == [response]
    assert set(response) == RESPONSE
    assert response["type"] == "chat_response"
    assert response["content"] == response["message"] == text_for(message)
    assert stack.reply(response["message_id"])["content"] == text_for(message)


async def test_it_may_also_be_asked_for_in_the_address(person: Person) -> None:
    web = person.stack.webs[1]
    async with connect(
        f"{web.socket_url}?protocol=pam",
        additional_headers={"Cookie": person.cookie},
        origin=web.url,  # type: ignore[arg-type]
    ) as connection:
        assert connection.subprotocol is None
        socket = Socket(connection)
        await say(socket, "hello")
        assert (await closing(socket))["type"] == "chat_response"


async def test_other_protocols_get_the_native_frames(person: Person) -> None:
    async with person.socket(subprotocols=["chat"]) as socket:
        assert socket.connection.subprotocol is None
        assert (await socket.chat("hello"))["type"] == "stream"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", "bad_frame"),
        ("{}", "bad_frame"),
        ('{"type": "resume", "message_id": "x"}', "unknown_type"),
        ('{"type": "open"}', "unknown_type"),
        ('{"type": "chat"}', "bad_frame"),
        ('{"type": "chat", "message": " "}', "empty_message"),
        ('{"type": "chat", "message": "x", "stream": "yes"}', "bad_frame"),
        ('{"type": "chat", "message": "x", "context": []}', "bad_frame"),
        ('{"type": "chat", "message": "x", "conversation_id": 5}', "bad_frame"),
        ('{"type": "chat", "message": "x", "context": {"conversation_id": 5}}', "not_found"),
        ('{"type": "chat", "message": "x", "context": {"conversation_history": {}}}', "bad_frame"),
    ],
)
async def test_bad_input_is_told_and_the_socket_stays(person: Person, text: str, code: str) -> None:
    async with pam(person) as socket:
        await socket.connection.send(text)
        error = await socket.receive()
        assert (error["type"], error["code"]) == ("error", code)
        assert error["message"] == error["detail"] != ""
        await say(socket, "hello")
        assert (await closing(socket))["type"] == "chat_response"


async def test_a_flood_of_bad_frames_closes_the_socket(person: Person) -> None:
    async with pam(person) as socket:
        for _ in range(40):
            await socket.connection.send("nonsense")
        assert await socket.closed() == 4008


async def test_nobody_gets_in_without_a_session(stack: Stack) -> None:
    web = stack.webs[0]
    with pytest.raises(InvalidStatus) as refused:
        async with connect(web.socket_url, origin=web.url, subprotocols=["pam"]):  # type: ignore
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("stream", [True, False])
async def test_a_reply_that_fails_ends_in_an_error(
    stack: Stack, person: Person, *, stream: bool
) -> None:
    message = plan(tokens=10, rate=100, fault="cut", at=5)
    async with pam(person) as socket:
        await say(socket, message, stream=stream)
        error = await closing(socket)
        assert error["type"] == "error"
        assert error["message"] == error["detail"] != ""
        assert stack.reply(error["message_id"])["error_code"] == error["code"]
        await say(socket, "hello")
        assert (await closing(socket))["type"] == "chat_response"


async def test_answers_asked_for_at_once_come_one_after_the_other(person: Person) -> None:
    messages = [plan(tokens=30, rate=100), plan(tokens=5), plan(tokens=7)]
    async with pam(person) as socket:
        for message in messages:
            await say(socket, message, stream=True, conversation_id=None)
        for _ in messages:
            await closing(socket)
    parts: list[list[Frame]] = [[]]
    for frame in socket.frames:
        if frame["type"] == "chat_response_complete":
            assert deltas(parts[-1]) == frame["full_response"]
            parts.append([])
        parts[-1].append(frame)
    full = [f["full_response"] for f in socket.frames if f["type"] == "chat_response_complete"]
    assert sorted(full) == sorted(text_for(message) for message in messages)


async def test_stopping_completes_with_the_text_so_far(stack: Stack, person: Person) -> None:
    async with pam(person) as socket:
        await say(socket, plan(tokens=400, rate=20), stream=True)
        start = await socket.receive()
        await socket.until(lambda frame: frame["type"] == "chat_response_delta")
        await socket.send(type="stop", message_id=start["message_id"])
        complete = await closing(socket)
    assert complete["full_response"] == deltas(socket.frames)
    assert stack.reply(start["message_id"])["status"] == "stopped"


async def test_an_old_client_hears_nothing_of_what_is_said_elsewhere(
    stack: Stack, person: Person
) -> None:
    async with pam(person) as old, person.socket(stack.webs[1]) as native:
        end = await native.ask("hello")
        await say(old, plan(tokens=2), conversation_id=end["conversation_id"])
        await closing(old)
        await native.ask("more", conversation_id=end["conversation_id"])
        await old.send(type="ping")
        assert await old.receive() == {"type": "pong"}


async def test_another_attempt_does_not_say_the_same_words_twice(own_stack: MakeStack) -> None:
    stack = own_stack(workers=1)
    person = Person(stack, "somebody")
    message = plan(tokens=60, rate=20)
    async with pam(person) as socket:
        await say(socket, message, stream=True)
        start = await socket.receive()
        for _ in range(5):
            await socket.until(lambda frame: frame["type"] == "chat_response_delta")
        stack.workers[0].process.kill()
        stack.start_worker()
        complete = await closing(socket)
    assert stack.reply(start["message_id"])["attempts"] == 2
    assert deltas(socket.frames) == complete["full_response"] == text_for(message)


async def test_an_answer_from_the_edge_says_so(own_stack: MakeStack) -> None:
    stack = own_stack(CHAT_CACHE_SECONDS="600")
    person = Person(stack, "somebody")
    message = plan(tokens=4)
    sources = []
    for _ in range(2):
        async with pam(person) as socket:
            await say(socket, message)
            sources.append((await closing(socket))["source"])
    assert sources == ["cloud", "edge"]
