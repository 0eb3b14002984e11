"""The door in, where the database refuses."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError
from redis.exceptions import RedisError

from chat.models import Conversation, Message
from chat.submissions import Accepted, Denied, Outcome, Submission
from streaming import redis as keys
from streaming.delivery import log
from streaming.errors import Busy, EmptyMessage, MessageTooLong, NotFound
from streaming.intake import submit as module
from streaming.intake.submit import submit

pytestmark = pytest.mark.usefixtures("redis_client")


@pytest.mark.parametrize("error", [IntegrityError, OperationalError])
async def test_what_the_database_refuses_is_tried_once_more_at_most(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    calls: list[int] = []

    async def refuse(submissions: Sequence[Submission]) -> list[Outcome]:
        calls.append(len(submissions))
        raise error

    monkeypatch.setattr(module, "_accept", refuse)
    with pytest.raises(Busy) as refused:
        await submit(uuid.uuid4(), "hello", client_id="1")
    assert refused.value.retry_after
    assert len(calls) <= 2


@pytest.mark.parametrize(
    ("text", "error"),
    [("", EmptyMessage), (" \n", EmptyMessage), ("x" * 32_001, MessageTooLong)],
)
async def test_a_text_is_checked_before_anything_is_asked(
    text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await submit(uuid.uuid4(), text, client_id="1")


async def test_what_redis_did_not_take_is_started_by_the_repeated_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user_id = uuid.uuid4()
    conversation = Conversation(owner_id=user_id)
    question = Message(conversation=conversation, client_id="1", content="hello")
    reply = Message(conversation=conversation, parent_id=question.id, status="processing")
    seen: list[bool] = []

    async def keep(submissions: Sequence[Submission]) -> list[Outcome]:
        seen.append(True)
        return [Accepted(question, reply, conversation, repeated=len(seen) > 1)]

    async def refuse(*_: object) -> None:
        raise RedisError

    queued: list[uuid.UUID] = []

    async def queue(accepted: Sequence[Accepted]) -> None:
        queued.extend(one.reply.id for one in accepted)

    monkeypatch.setattr(module, "_accept", keep)
    monkeypatch.setattr(module, "_queue", queue)
    with monkeypatch.context() as redis_away:
        redis_away.setattr(log, "append", refuse)
        with pytest.raises(Busy):
            await submit(user_id, "hello", client_id="1")
    # Redis has lost nothing since before the message was written.
    since = datetime.now(UTC) - timedelta(seconds=60)
    await keys.client().set(keys.memory_key(), since.isoformat())
    acknowledged = await submit(user_id, "hello", client_id="1")
    assert acknowledged.reply is reply
    assert [one["kind"] for one in await log.read_all(keys.client(), reply.id)] == ["start"]
    # And once more: it is started, so nothing is started again.
    await submit(user_id, "hello", client_id="1")
    assert queued == [reply.id]
    # Redis loses everything: somebody may be making it still.
    await keys.client().delete(keys.memory_key(), keys.log_key(reply.id))
    await submit(user_id, "hello", client_id="1")
    assert queued == [reply.id]


async def test_an_unknown_conversation_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def deny(submissions: Sequence[Submission]) -> list[Outcome]:
        return [Denied() for _ in submissions]

    monkeypatch.setattr(module, "_accept", deny)
    with pytest.raises(NotFound):
        await submit(uuid.uuid4(), "hello", client_id="1", conversation_id=uuid.uuid4())
