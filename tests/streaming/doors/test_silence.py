"""Readers that hear nothing."""

import asyncio
import uuid
from typing import Any

import pytest

from chat.models import Conversation, Message, User
from streaming.doors import silence

READERS = 200


@pytest.mark.django_db(transaction=True)
async def test_readers_that_ask_in_the_same_moment_ask_the_database_together(
    monkeypatch: pytest.MonkeyPatch, redis_client: Any
) -> None:
    owner = await User.objects.acreate(username="silent")
    conversation = await Conversation.objects.acreate(owner=owner)

    def reply(status: Message.Status) -> Message:
        role = Message.Role.ASSISTANT
        return Message(conversation=conversation, role=role, status=status)

    running = [reply(Message.Status.PROCESSING) for _ in range(READERS)]
    complete = reply(Message.Status.COMPLETE)
    await Message.objects.abulk_create([*running, complete])
    batches: list[int] = []
    looked_after: list[uuid.UUID] = []
    load = silence._load_together

    async def counted(message_ids: list[uuid.UUID]) -> Any:
        batches.append(len(message_ids))
        return await load(message_ids)

    async def look_after(_: object, message: Message) -> None:
        looked_after.append(message.id)

    monkeypatch.setattr(silence, "_load_together", counted)
    monkeypatch.setattr(silence, "look_after", look_after)
    asked = [*(one.id for one in running), complete.id, uuid.uuid4(), running[0].id]
    found = await asyncio.gather(*map(silence.is_finished, asked))
    assert found == [*(False for _ in running), True, True, False]
    assert sorted(looked_after) == sorted([*(one.id for one in running), running[0].id])
    assert sum(batches) == len(asked)
    assert len(batches) <= 2
