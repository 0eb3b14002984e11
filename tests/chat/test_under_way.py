"""How many answers are being written for one person at the same time."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count

from chat.accept import accept
from chat.finish import Finished, finish
from chat.models import Message, User
from chat.submissions import Accepted, Outcome, Submission, TooManyReplies
from chat.under_way import by_owner, under_way

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def two(settings: Any) -> None:
    settings.CHAT_REPLIES_PER_PERSON = 2


def person(name: str) -> User:
    return User.objects.create_user(name, password="river 1 stone")


def send(user: User, **more: Any) -> Submission:
    fields = {"client_id": uuid.uuid4().hex} | more
    return Submission(user_id=user.id, text="hello", **fields)


def are_accepted(outcomes: list[Outcome]) -> list[bool]:
    return [isinstance(one, Accepted) for one in outcomes]


def test_a_batch_takes_as_many_of_each_person_as_may_be() -> None:
    ada, bob = person("ada"), person("bob")
    outcomes = accept([send(ada), send(bob), send(ada), send(ada)])
    assert are_accepted(outcomes) == [True, True, True, False]
    assert isinstance(outcomes[3], TooManyReplies)
    assert are_accepted(accept([send(ada), send(bob), send(bob)])) == [False, True, False]


def test_what_was_refused_is_written_nowhere() -> None:
    ada = person("ada")
    accept([send(ada), send(ada), send(ada)])
    assert Message.objects.count() == 4


def test_a_reply_that_ended_makes_room() -> None:
    ada = person("ada")
    first, _second = accept([send(ada), send(ada)])
    assert isinstance(first, Accepted)
    ended = Finished(
        id=first.reply.id,
        attempt=first.reply.attempts,
        status=Message.Status.STOPPED,
        content="",
        finished_at=datetime.now(UTC),
    )
    finish([ended])
    assert are_accepted(accept([send(ada), send(ada)])) == [True, False]


def test_the_same_message_again_is_no_further_one() -> None:
    ada = person("ada")
    first, second = send(ada), send(ada)
    accept([first, second])
    assert are_accepted(accept([first, second])) == [True, True]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="another planner's")
def test_they_are_counted_without_going_through_what_people_have_said() -> None:
    ada = person("ada")
    accept([send(ada), send(ada)])
    assert by_owner(under_way()) == {ada.id: 2}
    rows = under_way().values_list("conversation__owner").annotate(Count("id"))
    assert "USING INDEX message_unfinished" in rows.explain().splitlines()[0]
