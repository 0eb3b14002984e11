"""What is read of a conversation for a prompt."""

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat import questions
from chat.history import path_to
from chat.models import Message, User
from chat.questions import Wanted
from chat.said import end_of_path, room, said_in
from tests.chat.talk import talk

pytestmark = pytest.mark.django_db

TEXT_BYTES = 100


@pytest.fixture
def owner(settings: Any) -> User:
    # 400 bytes: four texts.
    settings.CHAT_HISTORY_TOKENS_MAX = 100
    return User.objects.create_user("somebody")


def said(owner: User, count: int) -> list[Message]:
    """So many messages of `TEXT_BYTES` each, half of them of letters that take two."""
    texts = [f"{n:04}" + ("é" * 48 if n % 2 else "e" * 96) for n in range(count)]
    conversation = talk(owner, "Long", *texts)
    return path_to(said_in([conversation.id])[conversation.id], conversation.tip_id)


def ends(path: list[Message]) -> list[list[str]]:
    """What is read for each message of the path, as numbers."""
    here = path[0].conversation_id
    return [[each.content[:4] for each in end_of_path(here, one.id)] for one in path]


def test_of_a_long_conversation_the_end_is_read(owner: User) -> None:
    path = said(owner, 40)
    for number, read in enumerate(ends(path)):
        assert read == [f"{n:04}" for n in range(number + 1)][-len(read) :]
        bytes_read = len(read) * TEXT_BYTES
        assert room() <= bytes_read < 2 * room() or len(read) == number + 1


def test_it_begins_with_the_same_message_for_many(owner: User) -> None:
    firsts = [read[0] for read in ends(said(owner, 40))]
    assert firsts == sorted(firsts)
    assert len(set(firsts)) == 40 * TEXT_BYTES // room()


def test_a_message_that_is_longer_than_any_prompt_is_read(owner: User) -> None:
    conversation = talk(owner, "Long", "a" * 1000, "b" * 5000)
    (last,) = end_of_path(conversation.id, conversation.tip_id)
    assert last.content == "b" * 5000
    assert end_of_path(conversation.id, uuid.uuid4()) == []


def test_a_reply_is_asked_with_the_end_and_no_other_text_is_read(owner: User) -> None:
    path = said(owner, 400)
    reply = Message.objects.create(
        conversation_id=path[0].conversation_id, parent=path[-2], role=Message.Role.ASSISTANT
    )
    with CaptureQueriesContext(
        connection,
    ) as asked:
        (found,) = questions.asked([Wanted(reply.id)])
    assert found is not None
    assert [one.id for one in found.said] == [one.id for one in path[:-1]][-len(found.said) :]
    assert room() <= len(found.said) * TEXT_BYTES <= 2 * room()
    assert len(asked) == 4


def test_what_an_app_told_before_belongs_to_the_first_message(owner: User) -> None:
    path = said(owner, 40)
    told = {"before": [{"role": "user", "content": "before all"}]}
    Message.objects.filter(id__in=[path[0].id, path[-4].id]).update(context=told)
    reply = Message.objects.create(
        conversation_id=path[0].conversation_id, parent=path[-2], role=Message.Role.ASSISTANT
    )
    (found,) = questions.asked([Wanted(reply.id)])
    assert found is not None
    assert "before all" not in [one.content for one in found.said]
