"""The door in, where the database refuses."""

import uuid
from collections.abc import Sequence

import pytest
from django.db import IntegrityError, OperationalError

from chat.accept import Denied, Outcome, Submission
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


async def test_an_unknown_conversation_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def deny(submissions: Sequence[Submission]) -> list[Outcome]:
        return [Denied() for _ in submissions]

    monkeypatch.setattr(module, "_accept", deny)
    with pytest.raises(NotFound):
        await submit(uuid.uuid4(), "hello", client_id="1", conversation_id=uuid.uuid4())
