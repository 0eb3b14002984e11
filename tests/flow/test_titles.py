"""Titles made by a model, and pages that learn of what happens elsewhere: in real processes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from streaming.generation.titles import SYSTEM
from tests.flow.people import Frame, Person, Socket
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """With titles, which other tests do without."""
    with Stack(tmp_path_factory.mktemp("titles"), webs=2, CHAT_TITLES="1") as started:
        yield started


def about(conversation_id: str, **wanted: object) -> Any:
    """A `conversation` frame about this one, with these values."""

    def matches(frame: Frame) -> bool:
        conversation = frame.get("conversation") or {}
        return frame["type"] == "conversation" and all(
            conversation.get(name) == value
            for name, value in {"id": conversation_id, **wanted}.items()
        )

    return matches


def asked_for_titles(stack: Stack, words: str) -> list[dict[str, Any]]:
    return [
        one for one in stack.requests(words) if one["messages"][0]["content"].startswith(SYSTEM)
    ]


def title_of(stack: Stack, conversation_id: str) -> str:
    sql = "SELECT title FROM chat_conversation WHERE id = ?"
    return str(stack.rows(sql, conversation_id)[0][0])


async def ask(socket: Socket, message: str) -> str:
    """Ask in a new conversation; gives its id, once the reply has ended."""
    start = await socket.chat(message)
    assert (await socket.end(start["message_id"]))["chunk_type"] == "end"
    return str(start["conversation_id"])


async def test_a_model_names_a_conversation_after_its_first_reply(
    stack: Stack, person: Person
) -> None:
    message = plan(say="Rivers and stones")
    async with person.socket() as socket, person.socket(stack.webs[1]) as other:
        conversation_id = await ask(socket, message)
        for each in (socket, other):
            await each.until(about(conversation_id, title="Rivers and stones"))
        await socket.ask(plan(tokens=3), conversation_id=conversation_id)
    marker = json.loads(message)["marker"]
    assert len(asked_for_titles(stack, marker)) == 1
    assert "Rivers and stones" in person.get(f"/chat/{conversation_id}/").text


async def test_what_is_no_title_is_not_taken(stack: Stack, person: Person) -> None:
    message = plan(say="A river is a natural watercourse that flows " * 5)
    async with person.socket() as socket:
        conversation_id = await ask(socket, message)
    marker = json.loads(message)["marker"]
    until(lambda: [one for one in asked_for_titles(stack, marker) if one["ended"]])
    assert title_of(stack, conversation_id).startswith('{"marker"')


@pytest.mark.parametrize("fault", ["status", "cut", "stall", "garbage"])
async def test_a_provider_that_fails_costs_the_title_only(
    stack: Stack, person: Person, fault: str
) -> None:
    # The answer is what the title is asked with, last: this fault is the title's alone.
    message = plan(say=json.dumps({"fault": fault, "tokens": 3, "at": 1}))
    async with person.socket() as socket:
        start = await socket.chat(message)
        end = await socket.end(start["message_id"])
        assert end["metadata"]["status"] == "complete"
        marker = json.loads(message)["marker"]
        until(lambda: asked_for_titles(stack, marker))
        await socket.ask(plan(tokens=2), conversation_id=start["conversation_id"])
    assert title_of(stack, start["conversation_id"]).startswith('{"marker"')


async def test_a_failed_reply_asks_for_no_title(stack: Stack, person: Person) -> None:
    message = plan(tokens=3, fault="status", status=500)
    async with person.socket() as socket:
        start = await socket.chat(message)
        assert (await socket.end(start["message_id"]))["chunk_type"] == "error"
        await socket.ask(plan(tokens=2))
    assert asked_for_titles(stack, json.loads(message)["marker"]) == []


# -- what other pages learn --------------------------------------------------------------


async def test_every_page_of_a_person_learns_what_becomes_of_a_conversation(
    stack: Stack, person: Person, other: Person
) -> None:
    async with (
        person.socket() as here,
        person.socket(stack.webs[1]) as there,
        other.socket(stack.webs[1]) as stranger,
    ):
        conversation_id = await ask(here, plan(tokens=2))
        await there.until(about(conversation_id, deleted=False))
        path = f"/chat/{conversation_id}"
        person.post(f"{path}/rename/", title="Small rivers")
        await there.until(about(conversation_id, title="Small rivers"))
        person.post(f"{path}/pin/", on="1")
        await there.until(about(conversation_id, pinned=True))
        person.post(f"{path}/archive/", on="1")
        await there.until(about(conversation_id, archived=True))
        person.post(f"{path}/delete/")
        await there.until(about(conversation_id, deleted=True))
        person.post(f"{path}/restore/")
        await there.until(about(conversation_id, deleted=False))
        await stranger.settled()
        assert [frame["type"] for frame in stranger.frames] == ["pong"]


async def test_deleting_stops_the_reply_and_shuts_every_door(stack: Stack, person: Person) -> None:
    message = plan(tokens=600, rate=30)
    async with person.socket() as socket:
        start = await socket.chat(message)
        message_id, conversation_id = start["message_id"], start["conversation_id"]
        await socket.token(message_id)
        person.post(f"/chat/{conversation_id}/delete/")
        end = await socket.end(message_id)
        assert end["metadata"]["status"] == "stopped"
        until(lambda: stack.requests(message)[0]["end"] == "closed by client")
        for frame in (
            {"type": "open", "conversation_id": conversation_id},
            {"type": "resume", "message_id": message_id, "after": -1},
            {"type": "stop", "message_id": message_id},
            {"type": "chat", "message": "more", "conversation_id": conversation_id},
        ):
            await socket.send(**frame)
            refused = await socket.until(lambda each: each["type"] == "error")
            assert refused["code"] == "not_found"
        # What was written before is there again with it.
        person.post(f"/chat/{conversation_id}/restore/")
        assert stack.reply(message_id)["content"]
        await socket.ask(plan(tokens=2), conversation_id=conversation_id)


async def test_what_was_deleted_is_deleted_for_good_a_little_later(
    stack: Stack, person: Person
) -> None:
    async with person.socket() as socket:
        conversation_id = await ask(socket, plan(tokens=2))
        person.post(f"/chat/{conversation_id}/delete/")
    # As if that had been some minutes ago.
    stack.execute(
        "UPDATE chat_conversation SET deleted_at = '2020-01-01 00:00:00+00:00' WHERE id = ?",
        conversation_id,
    )
    until(
        lambda: not stack.rows("SELECT 1 FROM chat_conversation WHERE id = ?", conversation_id),
        seconds=40,
    )
    assert not stack.rows("SELECT 1 FROM chat_message WHERE conversation_id = ?", conversation_id)
