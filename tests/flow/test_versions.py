"""Other versions of answers and questions, through real processes."""

import asyncio
import re
import uuid

import pytest

from tests.flow.people import Person, assert_in_order
from tests.flow.stack import Stack
from tests.flow.wishes import wish
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for


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
        await there.settled()
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
        await there.settled()
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
        await there.settled()
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
            await there.settled()
            assert there.chunks(slow["message_id"]) == []
        await here.send(type="stop", message_id=slow["message_id"])
        await here.end(slow["message_id"])


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
