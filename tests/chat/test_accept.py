"""What is written when messages come in and replies end."""

import uuid
from datetime import UTC, datetime

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.test import Client

from chat import questions
from chat.accept import accept
from chat.finish import Finished, finish
from chat.history import news, read_path
from chat.models import Conversation, Message, User
from chat.models.conversations import TITLE_MAX_CHARS, title_from
from chat.questions import Wanted
from chat.sessions import SignIn
from chat.submissions import Accepted, Answer, Denied, SignedOut, Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password="river 1 stone")


def send(user: User, text: str = "hello", **more: object) -> Submission:
    fields: dict[str, object] = {"client_id": uuid.uuid4().hex} | more
    return Submission(user_id=user.id, text=text, **fields)  # type: ignore[arg-type]


def accepted(*submissions: Submission) -> list[Accepted]:
    outcomes = accept(submissions)
    assert all(isinstance(one, Accepted) for one in outcomes), outcomes
    return outcomes  # type: ignore[return-value]


def ended(reply: Message, **more: object) -> Finished:
    fields: dict[str, object] = {
        "id": reply.id,
        "attempt": reply.attempts,
        "status": Message.Status.COMPLETE,
        "content": "an answer",
        "finished_at": datetime.now(UTC),
    }
    return Finished(**(fields | more))  # type: ignore[arg-type]


def test_a_message_and_its_empty_reply_are_written_together(ada: User) -> None:
    (one,) = accepted(send(ada, "What is a rivulet?"))
    said = read_path(one.conversation).messages
    assert [(m.role, m.status, m.content) for m in said] == [
        ("user", "complete", "What is a rivulet?"),
        ("assistant", "processing", ""),
    ]
    assert one.conversation.title == "What is a rivulet?"


def test_an_answer_that_is_known_is_written_with_its_question(ada: User) -> None:
    (before,) = accepted(send(ada))
    finish([ended(before.reply)])
    here, prompt = before.conversation.id, before.reply.prompt_id
    row = {"status": Message.Status.COMPLETE, "content": "noon", "cost_usd": 0}
    known = Answer(before.reply.id, prompt, row)
    (said,) = accepted(send(ada, conversation_id=here, answer=known))
    kept = Message.objects.get(id=said.reply.id)
    assert (kept.content, kept.finished_at, kept.attempts) == ("noon", kept.created_at, 1)
    # The conversation has gone on since it was looked for: it is another question there.
    (later,) = accepted(send(ada, conversation_id=here, answer=known))
    assert not Message.objects.get(id=later.reply.id).is_finished
    # And so it is by another prompt.
    (other,) = accepted(send(ada, answer=Answer(None, None, row)))
    assert not Message.objects.get(id=other.reply.id).is_finished


def test_an_answer_of_the_same_batch_is_nothing_to_wait_for(ada: User) -> None:
    (before,) = accepted(send(ada))
    finish([ended(before.reply)])
    here = before.conversation.id
    row = {"status": Message.Status.COMPLETE, "content": "noon", "cost_usd": 0}
    known = Answer(before.reply.id, before.reply.prompt_id, row)
    said, again = accepted(
        send(ada, conversation_id=here, answer=known),
        send(ada, "", again=before.reply.id),
    )
    assert said.reply.is_finished
    assert again.reply.parent_id == before.question.id


def test_the_same_send_is_accepted_once_also_within_one_batch(ada: User) -> None:
    one = send(ada)
    first, second = accepted(one, one)
    (third,) = accepted(one)
    assert {first.reply.id} == {second.reply.id, third.reply.id}
    assert [first.repeated, second.repeated, third.repeated] == [False, True, True]
    assert Message.objects.count() == 2
    assert Conversation.objects.count() == 1


def test_what_is_sent_again_into_a_deleted_conversation_is_denied(ada: User) -> None:
    one = send(ada)
    (before,) = accepted(one)
    finish([ended(before.reply)])
    Conversation.objects.filter(id=before.conversation.id).update(deleted_at=datetime.now(UTC))
    again, other = accept([one, send(ada, "", again=before.reply.id)])
    assert isinstance(again, Denied)
    assert isinstance(other, Denied)
    Conversation.objects.filter(id=before.conversation.id).update(deleted_at=None)
    assert accepted(one)[0].reply.id == before.reply.id


def test_two_people_may_use_the_same_client_id(ada: User) -> None:
    bob = User.objects.create_user("bob")
    first, second = accepted(send(ada, client_id="1"), send(bob, client_id="1"))
    assert first.reply.id != second.reply.id


def test_messages_sent_at_once_into_one_conversation_make_one_path(ada: User) -> None:
    (start,) = accepted(send(ada, "one"))
    conversation_id = start.conversation.id
    accepted(
        send(ada, "two", conversation_id=conversation_id),
        send(ada, "three", conversation_id=conversation_id),
    )
    conversation = Conversation.objects.get(id=conversation_id)
    said = [message.content for message in read_path(conversation).messages if not message.is_reply]
    assert said == ["one", "two", "three"]
    later = news(conversation_id, start.reply.id).later.messages
    assert [message.content for message in later if not message.is_reply] == ["two", "three"]


def test_a_foreign_conversation_is_denied_and_the_rest_of_the_batch_accepted(ada: User) -> None:
    bob = User.objects.create_user("bob")
    (mine,) = accepted(send(ada))
    foreign, unknown, own = accept(
        [
            send(bob, conversation_id=mine.conversation.id),
            send(bob, conversation_id=uuid.uuid4()),
            send(bob),
        ]
    )
    assert isinstance(foreign, Denied)
    assert isinstance(unknown, Denied)
    assert isinstance(own, Accepted)


def test_an_ended_session_is_told_so(ada: User) -> None:
    browser = Client()
    browser.force_login(ada)
    session = browser.session
    assert session.session_key
    sign_in = SignIn(ada.id, session.session_key, session[HASH_SESSION_KEY])
    assert isinstance(accept([send(ada, sign_in=sign_in)])[0], Accepted)
    ada.set_password("another 1 stone")
    ada.save()
    assert isinstance(accept([send(ada, sign_in=sign_in)])[0], SignedOut)


# -- the end of a reply ------------------------------------------------------------------


def test_an_end_is_written_once(ada: User) -> None:
    (one,) = accepted(send(ada))
    assert finish([ended(one.reply)]) == {one.reply.id}
    assert finish([ended(one.reply, content="again")]) == set()
    one.reply.refresh_from_db()
    assert one.reply.content == "an answer"
    assert one.reply.is_finished


def test_an_attempt_that_was_taken_over_saves_nothing(ada: User) -> None:
    (one,) = accepted(send(ada))
    (taken,) = questions.asked([Wanted(one.reply.id, take_over=True)])
    assert taken is not None
    assert finish([ended(one.reply, content="the zombie's")]) == set()
    assert finish([ended(taken.reply, content="the successor's")]) == {one.reply.id}


def test_a_reply_deleted_meanwhile_is_left_alone(ada: User) -> None:
    (one,) = accepted(send(ada))
    one.conversation.delete()
    assert finish([ended(one.reply)]) == set()
    assert questions.asked([Wanted(one.reply.id)]) == [None]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("  Hello   there \n\n more", "Hello there"),
        ("x" * 200, "x" * (TITLE_MAX_CHARS - 1) + "…"),
        ("word " * 40, ("word " * 15 + "word").rstrip() + "…"),
        ("水" * 200, "水" * (TITLE_MAX_CHARS - 1) + "…"),
        # Nobody could read it, or click on it.
        ("\u200b\u2060\u3164", "…"),
        ("\ufeff\nHello", "Hello"),
        ("\u202eolleH\x1b[31m", "olleH[31m"),
        ("👩\u200d💻 ?", "👩\u200d💻 ?"),
        ("\u2028Hello\u2028there", "Hello there"),
    ],
)
def test_a_title_is_the_first_line_cut_at_a_word(text: str, title: str) -> None:
    made = title_from(text)
    assert len(made) <= TITLE_MAX_CHARS
    assert made == title
