"""Rows that are written many at once are the rows that were asked for."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from chat.models import Conversation, Message, User
from chat.rows import insert_rows, update_rows

pytestmark = pytest.mark.django_db

FULL: dict[str, Any] = {
    "role": Message.Role.ASSISTANT,
    "status": Message.Status.FAILED,
    "content": "It's “100 %” – 水",
    "thinking": "%s",
    "free_only": True,
    "client_id": "one",
    "context": {"language": "de", "list": [1, None, True]},
    "finished_at": datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC),
    "attempts": 3,
    "seams": [4, 5],
    "input_tokens": 0,
    "cost_usd": Decimal("0.00000012"),
    "route": {},
    "tries": [{"cost_usd": "0.1"}],
    "error_code": "internal",
}


@pytest.fixture
def conversation() -> Conversation:
    owner = User.objects.create_user("ada", password="river 1 stone")
    return Conversation.objects.create(owner=owner, title="t")


def message(conversation: Conversation, **more: Any) -> Message:
    return Message(conversation=conversation, role=Message.Role.USER, **more)


def values(row: Message) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


# Of every number of rows there is one statement, or two or three.
@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 150])
def test_all_are_written(conversation: Conversation, count: int) -> None:
    insert_rows(Message, [message(conversation, content=str(each)) for each in range(count)])
    written = Message.objects.values_list("content", flat=True)
    assert sorted(map(int, written)) == list(range(count))


def test_every_field_comes_back_as_it_was(conversation: Conversation) -> None:
    parent = message(conversation, author=conversation.owner)
    full = Message(conversation=conversation, parent=parent, **FULL)
    insert_rows(Message, [parent, full])
    for row in (parent, full):
        assert values(Message.objects.get(id=row.id)) == values(row)


def test_what_was_inserted_can_be_saved_again(conversation: Conversation) -> None:
    row = message(conversation)
    insert_rows(Message, [row])
    row.content = "later"
    row.save()
    assert Message.objects.get().content == "later"


def test_a_row_that_may_not_be_is_none(conversation: Conversation) -> None:
    first = message(conversation)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(Message, [first, message(conversation, id=first.id)])
    assert not Message.objects.exists()


def test_each_row_is_updated_with_its_own_values(conversation: Conversation) -> None:
    rows = [message(conversation, id=uuid.uuid4()) for _ in range(3)]
    insert_rows(Message, rows)
    for number, row in enumerate(rows[:2]):
        row.content, row.seams, row.cost_usd = str(number), [number], Decimal(number)
    update_rows(Message, ["content", "seams", "cost_usd"], rows[:2])
    for row in rows:
        assert values(Message.objects.get(id=row.id)) == values(row) | {
            "cost_usd": row.cost_usd,
            "content": row.content,
        }
