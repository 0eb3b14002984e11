"""Versions of what was said: the tree, what is accepted into it, and which one is shown."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError

from chat import questions
from chat.accept import accept
from chat.access import NotFound
from chat.history import links_of, newest_below, news, read_path
from chat.models import Conversation, Message, User
from chat.questions import Wanted
from chat.select import select
from chat.submissions import (
    Accepted,
    Denied,
    Place,
    Submission,
    Unfinished,
    Whole,
)
from tests.chat.versions import asked, end, tried

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


def said(conversation: Conversation) -> list[str]:
    conversation.refresh_from_db()
    return [message.content for message in read_path(conversation).messages]


# -- what is accepted --------------------------------------------------------------------


def test_a_regenerated_reply_hangs_on_the_same_question(ada: User) -> None:
    first = asked(ada, "one", "first")
    asked(ada, "two", "after it", conversation_id=first.conversation.id)
    second = asked(ada, "", "second", again=first.reply.id)
    assert second.question.id == first.question.id
    assert said(first.conversation) == ["one", "second"]
    assert Message.objects.count() == 5
    assert second.client_id == second.reply.client_id
    assert (second.reply_versions.index, second.reply_versions.count) == (2, 2)
    assert second.reply_versions.previous_id == first.reply.id


def test_the_same_wish_is_accepted_once(ada: User) -> None:
    first = asked(ada, "one")
    wish = Submission(user_id=ada.id, text="", client_id="w", again=first.reply.id)
    one, two = accept([wish, wish])
    (three,) = accept([wish])
    assert isinstance(one, Accepted)
    assert isinstance(two, Accepted)
    assert isinstance(three, Accepted)
    assert one.reply.id == two.reply.id == three.reply.id
    assert [one.repeated, two.repeated, three.repeated] == [False, True, True]
    assert one.reply_versions == two.reply_versions == three.reply_versions
    # The first message's own send still gives the first reply, whatever came later.
    (again,) = accept(
        [Submission(user_id=ada.id, text="one", client_id=first.question.client_id or "")]
    )
    assert isinstance(again, Accepted)
    assert again.reply.id == first.reply.id
    assert again.reply_versions.count == 1


def test_the_database_knows_a_wish_by_its_client_id(ada: User) -> None:
    first = asked(ada, "one")
    second = asked(ada, "", again=first.reply.id)
    with pytest.raises(IntegrityError):
        Message.objects.create(
            conversation=first.conversation, author=ada, client_id=second.client_id, role="user"
        )


def test_an_edited_question_stands_beside_the_first_one(ada: User) -> None:
    first = asked(ada, "one", "first")
    asked(ada, "two", "second", conversation_id=first.conversation.id)
    edited = asked(
        ada, "two, better", "third", conversation_id=first.conversation.id, after=first.reply.id
    )
    assert said(first.conversation) == ["one", "first", "two, better", "third"]
    assert (edited.question_versions.index, edited.reply_versions.index) == (2, 1)
    beginning = asked(
        ada, "zero", "fourth", conversation_id=first.conversation.id, after=Place.BEGINNING
    )
    assert said(first.conversation) == ["zero", "fourth"]
    assert beginning.question_versions.previous_id == first.question.id


def test_while_a_reply_is_being_made_only_more_can_be_said(ada: User) -> None:
    first = asked(ada, "one")
    here = first.conversation.id
    running = tried(ada, "two", conversation_id=here)
    assert isinstance(running, Accepted)
    # Also where more was sent meanwhile, and the tip is another reply.
    end_of_all = asked(ada, "three", conversation_id=here)
    for again in (first.reply.id, running.reply.id, end_of_all.reply.id):
        assert isinstance(tried(ada, again=again), Unfinished)
    assert isinstance(tried(ada, "x", conversation_id=here, after=first.reply.id), Unfinished)
    select(ada, first.reply.id)
    end(running.reply, "done", Message.Status.COMPLETE)
    assert isinstance(tried(ada, again=first.reply.id), Accepted)


def test_two_wishes_at_once_are_not_two_replies(ada: User) -> None:
    first = asked(ada, "one")
    outcomes = accept(
        [
            Submission(user_id=ada.id, text="", client_id=str(number), again=first.reply.id)
            for number in range(2)
        ]
    )
    assert [type(each) for each in outcomes] == [Accepted, Unfinished]


def test_what_is_hidden_and_unfinished_is_in_nobodys_way(ada: User) -> None:
    first = asked(ada, "one")
    running = tried(ada, "other", conversation_id=first.conversation.id, after=Place.BEGINNING)
    assert isinstance(running, Accepted)
    select(ada, first.reply.id)
    assert isinstance(tried(ada, again=first.reply.id), Accepted)


def test_what_belongs_to_somebody_else_looks_unknown(ada: User) -> None:
    bob = User.objects.create_user("bob")
    first, other = asked(ada, "one"), asked(bob, "mine")
    here = other.conversation.id
    for outcome in (
        tried(bob, again=first.reply.id),
        tried(bob, again=uuid.uuid4()),
        tried(bob, again=other.question.id),
        tried(bob, "x", conversation_id=here, after=first.reply.id),
        tried(bob, "x", conversation_id=here, after=other.question.id),
        tried(bob, "x", conversation_id=first.conversation.id, after=Place.BEGINNING),
        tried(bob, "x", after=other.reply.id),
    ):
        assert isinstance(outcome, Denied)
    for message_id in (first.reply.id, uuid.uuid4()):
        with pytest.raises(NotFound):
            select(bob, message_id)


def test_a_continuation_begins_with_what_there_was(ada: User) -> None:
    broken = asked(ada, "one", "Half a", Message.Status.STOPPED)
    Message.objects.filter(id=broken.reply.id).update(seams=[2], provider="p", model="m")
    going_on = tried(ada, again=broken.reply.id, goes_on=True)
    assert isinstance(going_on, Accepted)
    reply = Message.objects.get(id=going_on.reply.id)
    assert (reply.content, reply.seams) == ("Half a", [2, 6])
    assert (reply.provider, reply.model) == ("p", "m")
    assert not reply.is_finished


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("All of it.", {"status": "complete"}),
        ("  \n", {"status": "stopped"}),
        ("Half", {"status": "failed", "error_code": "provider_rejected"}),
    ],
)
def test_there_must_be_something_to_go_on_with(
    ada: User, text: str, figures: dict[str, Any]
) -> None:
    first = asked(ada, "one")
    Message.objects.filter(id=first.reply.id).update(content=text, **figures)
    assert isinstance(tried(ada, again=first.reply.id, goes_on=True), Whole)


def test_a_model_is_told_only_what_is_on_the_way_to_the_reply(ada: User) -> None:
    first = asked(ada, "one", "first")
    asked(ada, "", "second", again=first.reply.id)
    third = asked(ada, "two", "third", conversation_id=first.conversation.id)
    (loaded,) = questions.asked([Wanted(third.reply.id)])
    assert loaded is not None
    assert [message.content for message in loaded.said] == ["one", "second", "two"]


# -- what is shown -----------------------------------------------------------------------


def test_a_chosen_version_is_shown_up_to_its_newest_message(ada: User) -> None:
    first = asked(ada, "one", "first")
    here = first.conversation.id
    asked(ada, "two", "old", conversation_id=here)
    asked(ada, "two!", "new", conversation_id=here, after=first.reply.id)
    second = asked(ada, "", "second", again=first.reply.id)
    updated_at = Conversation.objects.get(id=here).updated_at
    select(ada, first.reply.id)
    assert said(first.conversation) == ["one", "first", "two!", "new"]
    select(ada, second.reply.id)
    assert said(first.conversation) == ["one", "second"]
    assert Conversation.objects.get(id=here).updated_at == updated_at
    assert newest_below(links_of(here), second.reply.id) == second.reply.id


def test_a_page_learns_where_the_versions_part(ada: User) -> None:
    first = asked(ada, "one", "first")
    here = first.conversation.id
    old = asked(ada, "two", "old", conversation_id=here)
    assert news(here, old.reply.id).later.messages == []
    new = asked(ada, "two!", "new", conversation_id=here, after=first.reply.id)
    missed = news(here, old.reply.id)
    assert missed.has_moved
    assert (missed.fork_id, missed.tip_id) == (first.reply.id, new.reply.id)
    later = news(here, first.reply.id).later
    assert [message.content for message in later.messages] == ["two!", "new"]
    assert later.versions[new.question.id].index == 2
    assert news(here, uuid.uuid4()).fork_id is None
