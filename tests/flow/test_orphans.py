"""Replies that nobody works on are found and settled."""

import uuid

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


async def test_a_reply_of_which_nothing_is_left_ends_as_interrupted(
    stack: Stack, person: Person
) -> None:
    conversation_id, message_id = abandon(stack, person)
    async with person.socket() as socket:
        await socket.send(type="open", conversation_id=conversation_id)
        frame = await socket.until(lambda frame: frame["type"] == "message")
    assert frame["message"]["id"] == message_id
    assert frame["message"]["status"] == "interrupted"
    until(lambda: stack.reply(message_id)["status"] == "interrupted")
    page = person.get(f"/chat/{conversation_id}/")
    assert 'data-status="interrupted"' in page.text
