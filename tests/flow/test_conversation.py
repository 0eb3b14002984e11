"""A message's way there and back, through real processes."""

import asyncio
import uuid

import pytest

from tests.flow.people import Person, assert_in_order, text_of
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

MODELS = ["openai:mock", "anthropic:mock-claude"]


@pytest.mark.parametrize("model", MODELS)
async def test_provider_client_and_database_have_the_same_bytes(
    stack: Stack, person: Person, model: str
) -> None:
    message = plan(tokens=200, rate=400, split=True)
    async with person.socket() as socket:
        start = await socket.chat(message, model=model)
        end = await socket.end(start["message_id"])
    chunks = socket.chunks(start["message_id"])
    assert_in_order(chunks)
    sent = text_for(message)
    assert text_of(chunks) == sent
    assert stack.reply(start["message_id"])["content"] == sent
    assert len(stack.requests(message)) == 1
    metadata = end["metadata"]
    assert metadata["status"] == "complete"
    assert metadata["finish_reason"] == "stop"
    assert f"{metadata['provider']}:{metadata['model']}" == model
    assert metadata["usage"]["output_tokens"] == 200
    assert metadata["source"] == "cloud"
    assert 0 <= metadata["first_token_ms"] <= metadata["processing_time_ms"]


async def test_the_acknowledgement_comes_before_any_model_is_asked(
    stack: Stack, person: Person
) -> None:
    message = plan(tokens=3, delay=1.5)
    async with person.socket() as socket:
        start = await socket.chat(message)
        assert start["seq"] == 0
        assert start["metadata"]["status"] == "processing"
        assert not any(frame.get("chunk_type") == "token" for frame in socket.frames)
        await socket.end(start["message_id"])


async def test_the_next_message_carries_the_conversation_so_far(
    stack: Stack, person: Person
) -> None:
    async with person.socket() as socket:
        first = await socket.ask("What is a rivulet?")
        second = plan(tokens=2)
        await socket.ask(second, conversation_id=first["conversation_id"])
    (request,) = stack.requests(second)
    said = [(one["role"], one["content"]) for one in request["messages"]]
    assert said == [
        ("user", "What is a rivulet?"),
        ("assistant", text_for("What is a rivulet?")),
        ("user", second),
    ]


async def test_a_send_repeated_on_another_instance_starts_no_second_reply(
    stack: Stack, person: Person
) -> None:
    message, client_id = plan(tokens=10, rate=50), uuid.uuid4().hex
    async with person.socket(stack.webs[0]) as one, person.socket(stack.webs[1]) as two:
        await one.send(type="chat", message=message, client_id=client_id, conversation_id=None)
        starts = [
            *await asyncio.gather(
                one.chat(message, client_id=client_id), two.chat(message, client_id=client_id)
            )
        ]
        starts.append(await one.until(lambda frame: frame.get("chunk_type") == "start"))
        await one.end(starts[0]["message_id"])
        starts.append(await two.chat(message, client_id=client_id))
    assert len({start["message_id"] for start in starts}) == 1
    assert len(stack.requests(message)) == 1


async def test_many_people_at_once_get_each_their_own_answer(stack: Stack, person: Person) -> None:
    async with person.socket() as socket:
        messages = [plan(tokens=20, rate=200) for _ in range(40)]
        for message in messages:
            await socket.send(
                type="chat", message=message, client_id=message[-34:-2], conversation_id=None
            )
        open_replies: dict[str, str] = {}
        ended = 0
        while ended < len(messages):
            frame = await socket.receive()
            if frame.get("chunk_type") == "start":
                open_replies[frame["message_id"]] = frame["metadata"]["client_id"]
            ended += frame.get("chunk_type") == "end"
    by_client_id = {message[-34:-2]: message for message in messages}
    for message_id, client_id in open_replies.items():
        assert text_of(socket.chunks(message_id)) == text_for(by_client_id[client_id])
    assert len(open_replies) == len(messages)


async def test_without_streaming_the_end_carries_the_whole_text(person: Person) -> None:
    message = plan(tokens=30)
    async with person.socket() as socket:
        start = await socket.chat(message, stream=False)
        end = await socket.end(start["message_id"])
    assert [chunk["chunk_type"] for chunk in socket.chunks(start["message_id"])] == ["start", "end"]
    assert end["content"] == text_for(message)


async def test_more_conversations_than_a_socket_follows_are_all_answered(person: Person) -> None:
    async with person.socket() as socket:
        for _ in range(55):
            end = await socket.ask(plan(tokens=1))
            assert end["metadata"]["status"] == "complete"
    assert not [frame for frame in socket.frames if frame["type"] == "error"]


# -- reading: other tabs, late sockets, reloads -------------------------------------------


async def test_another_tab_on_another_instance_sees_question_and_answer_live(
    stack: Stack, person: Person
) -> None:
    async with person.socket(stack.webs[0]) as here, person.socket(stack.webs[1]) as there:
        first = await here.ask("hello")
        await there.send(type="open", conversation_id=first["conversation_id"])
        await there.settled()
        message = plan(tokens=30, rate=100)
        start = await here.chat(message, conversation_id=first["conversation_id"])
        await asyncio.gather(here.end(start["message_id"]), there.end(start["message_id"]))
    questions = [frame["message"] for frame in there.frames if frame["type"] == "message"]
    assert [question["content"] for question in questions] == [message]
    assert_in_order(there.chunks(start["message_id"]))
    assert there.chunks(start["message_id"]) == here.chunks(start["message_id"])


async def test_a_socket_that_opens_in_mid_stream_gets_the_whole_reply(
    stack: Stack, person: Person
) -> None:
    message = plan(tokens=40, rate=15)
    async with person.socket() as here:
        start = await here.chat(message)
        await here.token(start["message_id"])
        async with person.socket(stack.webs[1]) as there:
            await there.send(type="open", conversation_id=start["conversation_id"])
            await there.end(start["message_id"])
    assert_in_order(there.chunks(start["message_id"]))
    assert text_of(there.chunks(start["message_id"])) == text_for(message)


async def test_resume_goes_on_after_the_cursor_without_hole_or_repeat(
    stack: Stack, person: Person
) -> None:
    message = plan(tokens=60, rate=60)
    async with person.socket() as first:
        start = await first.chat(message)
        for _ in range(10):
            await first.token(start["message_id"])
    seen = first.chunks(start["message_id"])
    async with person.socket(stack.webs[1]) as second:
        await second.send(type="resume", message_id=start["message_id"], after=seen[-1]["seq"])
        await second.end(start["message_id"])
    rest = second.chunks(start["message_id"])
    assert_in_order(seen + rest)
    assert text_of(seen + rest) == text_for(message)


async def test_the_page_carries_the_text_so_far_and_its_cursor(person: Person) -> None:
    message = plan(tokens=40, rate=20)
    async with person.socket() as socket:
        start = await socket.chat(message)
        for _ in range(5):
            await socket.token(start["message_id"])
        page = await asyncio.to_thread(person.get, f"/chat/{start['conversation_id']}/")
        assert page.status_code == 200
        assert 'data-status="processing"' in page.text
        assert f'data-message-id="{start["message_id"]}"' in page.text
        await socket.send(type="stop", message_id=start["message_id"])
        await socket.end(start["message_id"])


# -- stop --------------------------------------------------------------------------------


async def test_stop_closes_the_providers_stream_and_keeps_the_text(
    stack: Stack, person: Person
) -> None:
    message = plan(tokens=400, rate=20)
    async with person.socket() as here, person.socket(stack.webs[1]) as elsewhere:
        start = await here.chat(message)
        for _ in range(5):
            await here.token(start["message_id"])
        await elsewhere.send(type="stop", message_id=start["message_id"])
        end = await here.end(start["message_id"])
    assert end["metadata"]["status"] == "stopped"
    shown = text_of(here.chunks(start["message_id"]))
    assert shown
    assert text_for(message).startswith(shown)
    assert stack.reply(start["message_id"])["content"] == shown
    assert stack.reply(start["message_id"])["status"] == "stopped"
    until(lambda: stack.requests(message)[0]["end"] == "closed by client", seconds=1)


async def test_stop_before_the_first_token_twice_and_after_the_end(
    stack: Stack, person: Person
) -> None:
    message = plan(fault="silence")
    async with person.socket() as socket:
        start = await socket.chat(message)
        until(lambda: stack.requests(message), seconds=5)
        await socket.send(type="stop", message_id=start["message_id"])
        await socket.send(type="stop", message_id=start["message_id"])
        end = await socket.end(start["message_id"])
        assert end["metadata"]["status"] == "stopped"
        await socket.send(type="stop", message_id=start["message_id"])
        await socket.send(type="ping")
        assert (await socket.receive())["type"] == "pong"
    assert_in_order(socket.chunks(start["message_id"]))
    until(lambda: stack.requests(message)[0]["end"] == "closed by client", seconds=1)
