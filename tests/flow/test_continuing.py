"""Answers that ended early go on, through real processes."""

from collections.abc import Callable

from streaming.generation.prompt import GO_ON
from tests.flow.people import Person, Socket, assert_in_order, text_of
from tests.flow.stack import Stack
from tests.flow.wishes import wish
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

MakeStack = Callable[..., Stack]


async def stopped(socket: Socket, message: str, **more: object) -> str:
    """Ask, stop after some words; gives the reply's id."""
    start = await socket.chat(message, **more)
    for _ in range(4):
        await socket.token(start["message_id"])
    await socket.send(type="stop", message_id=start["message_id"])
    await socket.end(start["message_id"])
    return str(start["message_id"])


async def test_where_the_provider_does_not_continue_it_is_told_to(
    stack: Stack, person: Person
) -> None:
    message = plan(tokens=300, rate=25)
    async with person.socket() as here, person.socket(stack.webs[1]) as there:
        broken = await stopped(here, message)
        begun = stack.reply(broken)["content"]
        await there.send(type="open", conversation_id=here.frames[0]["conversation_id"])
        await there.settled()
        start = await wish(here, "continue", broken)
        end = await here.end(start["message_id"])
        await there.end(start["message_id"])
    chunks = here.chunks(start["message_id"])
    assert_in_order(chunks)
    assert chunks == there.chunks(start["message_id"])
    assert chunks[1]["content"] == begun
    saved = stack.reply(start["message_id"])
    assert saved["content"] == text_of(chunks)
    assert saved["content"] == begun + text_for(GO_ON)
    assert end["metadata"]["seams"] == [len(begun)]
    assert start["metadata"]["versions"]["previous_id"] == broken
    request = stack.requests(GO_ON)[-1]
    assert [one["content"] for one in request["messages"]] == [message, begun, GO_ON]
    assert stack.reply(broken)["content"] == begun


async def test_where_the_provider_continues_the_answer_is_made_whole(own_stack: MakeStack) -> None:
    stack = own_stack(workers=1, OPENAI_CONTINUES="1")
    person = Person(stack, "somebody")
    message = plan(tokens=40, rate=20)
    async with person.socket() as socket:
        broken = await stopped(socket, message)
        begun = stack.reply(broken)["content"]
        start = await wish(socket, "continue", broken)
        await socket.token(start["message_id"])
        await socket.token(start["message_id"])
        # And once more in the middle: another worker goes on with the same text.
        stack.workers[0].process.kill()
        stack.start_worker()
        end = await socket.end(start["message_id"])
    chunks = socket.chunks(start["message_id"])
    assert_in_order(chunks)
    assert "reset" not in [chunk["chunk_type"] for chunk in chunks]
    saved = stack.reply(start["message_id"])
    assert saved["content"] == text_of(chunks) == text_for(message)
    seams = end["metadata"]["seams"]
    assert seams[0] == len(begun)
    assert len(seams) == 2
    assert saved["attempts"] == 2
    assert stack.requests(message)[1]["messages"][-1]["content"] == begun


async def test_a_worker_that_dies_while_going_on_is_replaced(own_stack: MakeStack) -> None:
    stack = own_stack(workers=1, CHAT_CLOUD_MODELS="openai:mock?tokens=60&rate=20")
    person = Person(stack, "somebody")
    async with person.socket() as socket:
        broken = await stopped(socket, plan(tokens=100, rate=20))
        begun = stack.reply(broken)["content"]
        start = await wish(socket, "continue", broken)
        for _ in range(3):
            await socket.token(start["message_id"])
        stack.workers[0].process.kill()
        stack.start_worker()
        end = await socket.end(start["message_id"])
    chunks = socket.chunks(start["message_id"])
    assert_in_order(chunks)
    assert "reset" in [chunk["chunk_type"] for chunk in chunks]
    saved = stack.reply(start["message_id"])
    assert saved["content"] == text_of(chunks)
    assert saved["content"].startswith(begun)
    assert end["metadata"]["seams"] == [len(begun)]
    assert saved["status"] == "complete"


async def test_a_provider_that_refuses_to_continue_is_told_to(own_stack: MakeStack) -> None:
    stack = own_stack(workers=1, OPENAI_CONTINUES="1")
    person = Person(stack, "somebody")
    async with person.socket() as socket:
        broken = await stopped(socket, plan(tokens=40, rate=20, continues=False))
        begun = stack.reply(broken)["content"]
        start = await wish(socket, "continue", broken)
        await socket.end(start["message_id"])
    chunks = socket.chunks(start["message_id"])
    assert "reset" not in [chunk["chunk_type"] for chunk in chunks]
    saved = stack.reply(start["message_id"])
    assert saved["content"] == text_of(chunks)
    assert saved["content"].startswith(begun)
    assert saved["status"] == "complete"


async def test_a_complete_answer_has_nothing_to_go_on_with_but_one_that_was_cut_has(
    stack: Stack, person: Person
) -> None:
    async with person.socket() as socket:
        whole = await socket.ask("hello")
        refused = await wish(socket, "continue", whole["message_id"])
        assert refused["code"] == "bad_frame"
        cut = await socket.ask(plan(tokens=5, finish="length"))
        start = await wish(socket, "continue", cut["message_id"])
        assert (await socket.end(start["message_id"]))["metadata"]["status"] == "complete"


async def test_a_continuation_that_is_stopped_before_it_begins_keeps_the_text(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(workers=1)
    person = Person(stack, "somebody")
    async with person.socket() as socket:
        broken = await stopped(socket, plan(tokens=100, rate=20))
        stack.workers[0].process.kill()
        start = await wish(socket, "continue", broken)
        await socket.send(type="stop", message_id=start["message_id"])
        end = await socket.end(start["message_id"])
    assert end["metadata"]["status"] == "stopped"
    chunks = socket.chunks(start["message_id"])
    assert_in_order(chunks)
    until(lambda: stack.reply(start["message_id"])["status"] == "stopped", seconds=2)
    content = stack.reply(start["message_id"])["content"]
    assert content == text_of(chunks) == stack.reply(broken)["content"]
