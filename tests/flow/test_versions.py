"""Other versions of answers and questions, through real processes."""

import asyncio
import json
import re
import uuid
from collections.abc import Callable

import pytest

from streaming.generation.prompt import GO_ON
from tests.flow.people import Frame, Person, Socket, assert_in_order, text_of
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.text import text_for

MakeStack = Callable[..., Stack]


def plan(**words: object) -> str:
    return json.dumps({"marker": uuid.uuid4().hex, **words})


async def wish(socket: Socket, kind: str, message_id: str, **more: object) -> Frame:
    """Send a regenerate or continue; gives its acknowledgement or refusal."""
    client_id = more.setdefault("client_id", uuid.uuid4().hex)
    await socket.send(type=kind, message_id=message_id, **more)
    return await socket.until(
        lambda frame: (
            (frame.get("chunk_type") == "start" and frame["metadata"]["client_id"] == client_id)
            or (frame["type"] == "error" and frame.get("client_id") == client_id)
        )
    )


async def settled(socket: Socket) -> None:
    """Until what was sent before has been handled."""
    await socket.send(type="ping")
    await socket.until(lambda frame: frame["type"] == "pong")


async def stopped(socket: Socket, message: str, **more: object) -> str:
    """Ask, stop after some words; gives the reply's id."""
    start = await socket.chat(message, **more)
    for _ in range(4):
        await socket.token(start["message_id"])
    await socket.send(type="stop", message_id=start["message_id"])
    await socket.end(start["message_id"])
    return str(start["message_id"])


def shown(person: Person, conversation_id: str) -> list[str]:
    """The ids of the messages on the page."""
    page = person.get(f"/chat/{conversation_id}/").text
    return [each for each in re.findall(r'data-message-id="([^"]*)"', page) if each]


# -- regenerate --------------------------------------------------------------------------


async def test_a_regenerated_reply_is_another_version_and_other_tabs_follow(
    stack: Stack, person: Person
) -> None:
    message = plan(tokens=12)
    async with person.socket() as here, person.socket(stack.webs[1]) as there:
        first = await here.ask(message)
        conversation_id = first["conversation_id"]
        await there.send(type="open", conversation_id=conversation_id)
        await settled(there)
        start = await wish(here, "regenerate", first["message_id"])
        await asyncio.gather(here.end(start["message_id"]), there.end(start["message_id"]))
    assert start["metadata"]["versions"] == {
        "index": 2, "count": 2, "previous_id": first["message_id"], "next_id": None,
    }  # fmt: skip
    assert there.chunks(start["message_id"]) == here.chunks(start["message_id"])
    assert_in_order(here.chunks(start["message_id"]))
    assert start["metadata"]["user_message_id"] == start["metadata"]["parent_id"]
    requests = stack.requests(message)
    assert [one["messages"] for one in requests] == [requests[0]["messages"]] * 2
    # The first version is still there, and off the page.
    assert stack.reply(first["message_id"])["content"] == text_for(message)
    assert shown(person, conversation_id)[1:] == [start["message_id"]]


async def test_the_same_wish_sent_twice_makes_one_version(stack: Stack, person: Person) -> None:
    message, client_id = plan(tokens=6), uuid.uuid4().hex
    async with person.socket() as one, person.socket(stack.webs[1]) as two:
        first = await one.ask(message)
        starts = [
            *await asyncio.gather(
                wish(one, "regenerate", first["message_id"], client_id=client_id),
                wish(two, "regenerate", first["message_id"], client_id=client_id),
            )
        ]
        await one.end(starts[0]["message_id"])
        starts.append(await wish(two, "regenerate", first["message_id"], client_id=client_id))
    assert starts[0] == starts[1] == starts[2]
    assert len(stack.requests(message)) == 2


async def test_while_an_answer_is_written_nothing_above_it_is_exchanged(person: Person) -> None:
    async with person.socket() as socket:
        first = await socket.ask(plan(tokens=3))
        place = {"conversation_id": first["conversation_id"]}
        running = await socket.chat(plan(tokens=200, rate=20), **place)
        for refused in (
            await wish(socket, "regenerate", first["message_id"]),
            await wish(socket, "regenerate", running["message_id"]),
            await wish(socket, "continue", first["message_id"]),
            await socket.chat("edited", parent_id=None, **place),
        ):
            assert refused["code"] == "unfinished"
            assert "Stop it" in refused["detail"]
        await socket.send(type="stop", message_id=running["message_id"])
        await socket.end(running["message_id"])
        again = await wish(socket, "regenerate", first["message_id"])
        assert (await socket.end(again["message_id"]))["metadata"]["status"] == "complete"


async def test_foreign_and_unknown_messages_look_the_same(
    stack: Stack, person: Person, other: Person
) -> None:
    async with person.socket() as mine, other.socket() as theirs:
        first = await mine.ask("hello")
        secret = first["message_id"]
        for message_id in (secret, str(uuid.uuid4()), first["conversation_id"]):
            for kind in ("regenerate", "continue"):
                assert (await wish(theirs, kind, message_id))["code"] == "not_found"
            await theirs.send(type="select", message_id=message_id)
            assert (await theirs.receive())["code"] == "not_found"
            edit = await theirs.chat("x", conversation_id=None, parent_id=message_id)
            assert edit["code"] == "not_found"
    assert len(shown(person, first["conversation_id"])) == 2


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "regenerate"},
        {"type": "regenerate", "message_id": "x"},
        {"type": "regenerate", "message_id": str(uuid.uuid4()), "model": 7},
        {"type": "continue", "message_id": None},
        {"type": "continue", "message_id": str(uuid.uuid4()), "client_id": 1},
        {"type": "select", "message_id": 3},
        {"type": "chat", "message": "x", "parent_id": "no id"},
        {"type": "chat", "message": "x", "parent_id": False},
    ],
)
async def test_a_malformed_frame_is_refused(person: Person, frame: dict[str, object]) -> None:
    async with person.socket() as socket:
        await socket.send(**frame)
        assert (await socket.receive())["code"] == "bad_frame"


# -- edit --------------------------------------------------------------------------------


async def test_an_edited_question_is_another_branch(stack: Stack, person: Person) -> None:
    async with person.socket() as here, person.socket(stack.webs[1]) as there:
        first = await here.ask("What is a river?")
        place = {"conversation_id": first["conversation_id"]}
        second = await here.ask("And a stone?", **place)
        await there.send(type="open", **place)
        await settled(there)
        edited = plan(tokens=4)
        end = await here.ask(edited, parent_id=first["message_id"], **place)
        await there.end(end["message_id"])
    (request,) = stack.requests(edited)
    assert [one["content"] for one in request["messages"]][-1] == edited
    assert "And a stone?" not in str(request["messages"])
    question = next(one["message"] for one in there.frames if one["type"] == "message")
    assert question["parent_id"] == first["message_id"]
    assert question["versions"]["index"] == question["versions"]["count"] == 2
    assert shown(person, first["conversation_id"])[-1] == end["message_id"]
    assert stack.reply(second["message_id"])["status"] == "complete"


async def test_the_first_question_is_edited_at_the_beginning(stack: Stack, person: Person) -> None:
    async with person.socket() as socket:
        first = await socket.ask("hello")
        edited = plan(tokens=2)
        end = await socket.ask(edited, conversation_id=first["conversation_id"], parent_id=None)
    assert end["conversation_id"] == first["conversation_id"]
    (request,) = stack.requests(edited)
    assert [one["content"] for one in request["messages"]] == [edited]


# -- select ------------------------------------------------------------------------------


async def test_a_chosen_version_is_shown_with_what_follows_it_everywhere(
    stack: Stack, person: Person
) -> None:
    async with person.socket() as here, person.socket(stack.webs[1]) as there:
        first = await here.ask("hello")
        place = {"conversation_id": first["conversation_id"]}
        after = await here.ask("And then?", **place)
        again = await wish(here, "regenerate", first["message_id"])
        await here.end(again["message_id"])
        assert shown(person, first["conversation_id"])[-1] == again["message_id"]
        await there.send(type="open", **place)
        await settled(there)
        await here.send(type="select", message_id=first["message_id"])
        frames = [
            await socket.until(lambda frame: frame["type"] == "select") for socket in (here, there)
        ]
        assert frames[0] == frames[1]
        assert frames[0]["tip_id"] == after["message_id"]
        assert frames[0]["parent_id"] == again["metadata"]["parent_id"]
        assert shown(person, first["conversation_id"])[-1] == after["message_id"]
        # What is sent now follows what is shown.
        message = plan(tokens=2)
        await here.ask(message, **place)
    assert "And then?" in str(stack.requests(message)[0]["messages"])


async def test_a_page_that_was_away_is_told_what_is_shown_now(person: Person) -> None:
    async with person.socket() as socket:
        first = await socket.ask("hello")
        place = {"conversation_id": first["conversation_id"]}
        second = await socket.ask("And then?", **place)
        again = await wish(socket, "regenerate", first["message_id"])
        await socket.end(again["message_id"])
        await socket.send(type="open", after=second["message_id"], **place)
        told = await socket.until(lambda frame: frame["type"] == "select")
        assert told["tip_id"] == again["message_id"]
        assert told["parent_id"] == again["metadata"]["parent_id"]


async def test_a_reply_that_is_not_shown_is_not_followed_when_a_page_opens(person: Person) -> None:
    async with person.socket() as here:
        first = await here.ask("hello")
        place = {"conversation_id": first["conversation_id"]}
        running = await wish(here, "regenerate", first["message_id"], model="openai:mock")
        assert running["type"] == "stream"
        await here.end(running["message_id"])
        slow = await here.chat(plan(tokens=300, rate=20), parent_id=None, **place)
        await here.send(type="select", message_id=first["message_id"])
        await here.until(lambda frame: frame["type"] == "select")
        async with person.socket() as there:
            await there.send(type="open", **place)
            await settled(there)
            assert there.chunks(slow["message_id"]) == []
        await here.send(type="stop", message_id=slow["message_id"])
        await here.end(slow["message_id"])


# -- continue ----------------------------------------------------------------------------


async def test_where_the_provider_does_not_continue_it_is_told_to(
    stack: Stack, person: Person
) -> None:
    message = plan(tokens=300, rate=25)
    async with person.socket() as here, person.socket(stack.webs[1]) as there:
        broken = await stopped(here, message)
        begun = stack.reply(broken)["content"]
        await there.send(type="open", conversation_id=here.frames[0]["conversation_id"])
        await settled(there)
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


# -- forms -------------------------------------------------------------------------------


def test_everything_works_by_forms_alone(stack: Stack, person: Person) -> None:
    message = plan(tokens=300, rate=25)
    page = person.post("/chat/send/", message=message, client_id="1")
    here = page.url.path
    ids = re.findall(r'data-message-id="([^"]+)"', page.text)
    question, reply = ids[0], ids[1]
    busy = person.post(f"{here}regenerate/{reply}/", client_id="2")
    assert "still being written" in busy.text
    until(lambda: "data-empty" not in person.get(here).text.partition("<template")[0], seconds=5)
    person.post(f"{here}stop/{reply}/")
    until(lambda: stack.reply(reply)["status"] == "stopped", seconds=5)
    assert "data-continuable" in person.get(here).text
    person.post(f"{here}continue/{reply}/", client_id="3")
    second = shown(person, here.split("/")[2])[1]
    assert second != reply
    until(lambda: stack.reply(second)["status"] == "complete", seconds=5)
    # Sent twice by the same form it is one version.
    for _ in range(2):
        person.post(f"{here}regenerate/{second}/", client_id="4")
    third = shown(person, here.split("/")[2])[1]
    assert "3/3" in person.get(here).text
    person.post(f"{here}stop/{third}/")
    until(lambda: stack.reply(third)["status"] == "stopped", seconds=5)
    selected = person.post(f"{here}select/{reply}/")
    assert "1/3" in selected.text
    box = person.get(f"{here}edit/{question}/").text
    assert "marker" in box
    edited = person.post(f"{here}send/", message=plan(tokens=2), client_id="5", edited_id=question)
    assert "2/2" in edited.text
    assert question not in shown(person, here.split("/")[2])
