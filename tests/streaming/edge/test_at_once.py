"""What is there to be said already when a message comes in."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from django.db import OperationalError

from chat.beginnings import Beginning
from chat.models import Conversation, Message, User
from chat.questions import FORESEEN_BYTES_MAX
from chat.submissions import Accepted, Place, Submission
from streaming import redis as keys
from streaming.delivery import log
from streaming.edge.at_once import AtOnce
from streaming.edge.edge import Edge
from streaming.intake import submit as module
from streaming.intake.submit import finish, submit
from streaming.metrics.families import field

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("redis_client", "caching"),
]


@pytest.fixture
def caching(settings: Any) -> None:
    settings.CHAT_INSTANT = True
    settings.CHAT_CACHE_SECONDS = 60.0
    settings.REDIS_PREFIX = f"test-{uuid.uuid4().hex[:8]}"


@pytest_asyncio.fixture
async def at_once() -> AsyncIterator[AtOnce]:
    with ThreadPoolExecutor(1) as database:
        yield AtOnce(database)


@pytest_asyncio.fixture
async def person() -> User:
    return await User.objects.acreate(username=uuid.uuid4().hex)


async def looked(at_once: AtOnce, *submissions: Submission) -> list[Submission]:
    return await at_once.look(submissions, await at_once.may_know(submissions))


def asks(person: User, text: str = "What can you do?", **more: Any) -> Submission:
    return Submission(user_id=person.id, text=text, client_id=uuid.uuid4().hex, **more)


async def answered(person: User) -> Conversation:
    """A conversation with a question and its answer."""
    conversation = await Conversation.objects.acreate(owner=person, title="Stones")
    question = await Message.objects.acreate(
        conversation=conversation, role="user", content="Which stone?", author=person
    )
    reply = await Message.objects.acreate(
        conversation=conversation, role="assistant", content="Slate.", parent=question
    )
    conversation.tip = reply
    await conversation.asave()
    return conversation


async def test_a_reply_is_whole_when_it_is_acknowledged(person: User) -> None:
    done = await submit(person.id, "What can you do?", client_id="1")
    entries = await log.read_all(keys.client(), done.reply.id)
    assert [one["kind"] for one in entries] == ["start", "token", "end"]
    kept = await Message.objects.aget(id=done.reply.id)
    assert (kept.status, kept.source, kept.cost_text) == ("complete", "edge", "0")
    # Sent again, it is the same one: nothing is said twice.
    again = await submit(person.id, "What can you do?", client_id="1")
    assert again.reply.id == done.reply.id
    assert len(await log.read_all(keys.client(), done.reply.id)) == 3


async def test_what_is_sent_twice_in_the_same_moment_is_begun_once_and_holds_nobody_up(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait(accepted: Accepted) -> bool:
        raise AssertionError("whoever accepted it first is this very process")

    # Only a send that another process may have accepted is waited for.
    monkeypatch.setattr(module, "must_start", wait)
    texts = ["Why?", "Why?", "What can you do?", "What can you do?"]
    names = ["1", "1", "2", "2"]
    # The first one is handled alone: the others gather meanwhile.
    sent = [submit(person.id, "Who?", client_id="0")]
    sent += [
        submit(person.id, text, client_id=name) for text, name in zip(texts, names, strict=True)
    ]
    _, new, again, known, known_again = await asyncio.gather(*sent)
    assert new.reply.id == again.reply.id
    assert known.reply.id == known_again.reply.id
    entries = [await log.read_all(keys.client(), one.reply.id) for one in (new, known)]
    assert [[each["kind"] for each in one] for one in entries] == [
        ["start"], ["start", "token", "end"],
    ]  # fmt: skip
    await finish()
    counted = await keys.client().hget(keys.metrics_key(), field("edge", "instant"))
    assert float(counted or 0) == 1


async def test_who_died_before_the_answer_was_in_the_log_is_made_up_for(person: User) -> None:
    done = await submit(person.id, "What can you do?", client_id="1")
    whole = await log.read_all(keys.client(), done.reply.id)
    await keys.client().delete(keys.log_key(done.reply.id))
    await submit(person.id, "What can you do?", client_id="1")
    assert await log.read_all(keys.client(), done.reply.id) == whole
    # A worker's log is that worker's to close.
    await keys.client().delete(keys.log_key(done.reply.id))
    await keys.client().set(keys.attempts_key(done.reply.id), 1)
    await submit(person.id, "What can you do?", client_id="1")
    assert await log.read_all(keys.client(), done.reply.id) == []


async def test_each_of_many_gets_its_own(at_once: AtOnce, person: User) -> None:
    here = await answered(person)
    known, strange, next_one = (
        asks(person), asks(person, "Why is slate blue?"), asks(person, conversation_id=here.id),
    )  # fmt: skip
    answers = await looked(at_once, known, strange, next_one)
    assert [one.text for one in answers] == [known.text, strange.text, next_one.text]
    assert [one.answer is not None for one in answers] == [True, False, True]
    assert answers[2].answer
    assert answers[2].answer.parent_id == here.tip_id


async def test_what_cannot_be_read_of_one_keeps_nobody_else_from_an_answer(
    at_once: AtOnce, person: User
) -> None:
    # Written past the doors: half of a surrogate pair has no bytes, and so no hash.
    broken = replace(asks(person), model="\ud83d", text="Which stone?")
    fine = asks(person)
    looked_up = await at_once.look([broken, fine], [True, True])
    assert [one.answer is not None for one in looked_up] == [False, True]


async def test_a_long_conversation_is_left_to_a_worker(at_once: AtOnce, person: User) -> None:
    here = await answered(person)
    question = Message.objects.filter(conversation=here, role="user")
    await question.aupdate(content="stone " * (FORESEEN_BYTES_MAX // 6))
    one = asks(person, conversation_id=here.id)
    assert await looked(at_once, one) == [one]


async def test_what_was_looked_up_is_counted_when_it_was_accepted(person: User) -> None:
    for name in ("1", "1", "2"):
        await submit(person.id, "What can you do?", client_id=name)
    await finish()
    counted = await keys.client().hget(keys.metrics_key(), field("edge", "instant"))
    assert float(counted or 0) == 2


async def test_what_is_said_word_by_word_is_left_to_a_worker(
    at_once: AtOnce, person: User, settings: Any
) -> None:
    settings.CHAT_INSTANT_WORDS_PER_SECOND = 5.0
    (one,) = await looked(at_once, asks(person))
    assert one.answer
    assert not one.answer.row


async def test_what_is_asked_for_in_another_way_is_not_answered_here(
    at_once: AtOnce, person: User
) -> None:
    here = await answered(person)
    other = await User.objects.acreate(username=uuid.uuid4().hex)
    refused = [
        asks(person, again=here.tip_id),
        asks(person, beginning=Beginning()),
        asks(person, provider="anthropic", model="mock-claude"),
        asks(other, conversation_id=here.id),
        asks(person, conversation_id=uuid.uuid4()),
        asks(person, conversation_id=here.id, after=uuid.uuid4()),
        Submission(user_id=uuid.uuid4(), text="What can you do?", client_id="1"),
    ]
    assert await looked(at_once, *refused) == refused
    (anew,) = await looked(at_once, asks(person, conversation_id=here.id, after=Place.BEGINNING))
    assert anew.answer
    assert anew.answer.parent_id is None


async def test_after_what_is_not_finished_nothing_is_known(at_once: AtOnce, person: User) -> None:
    here = await answered(person)
    await Message.objects.filter(conversation=here, role="assistant").aupdate(
        status=Message.Status.PROCESSING
    )
    (one,) = await looked(at_once, asks(person, conversation_id=here.id))
    assert one.answer is None


async def test_without_database_or_redis_a_message_is_accepted_as_ever(
    at_once: AtOnce, person: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    async def away(_: object) -> None:
        raise OperationalError

    one = asks(person)
    with monkeypatch.context() as database_away:
        database_away.setattr(at_once, "_foreseen", away)
        assert await looked(at_once, one) == [one]
    settings.REDIS_URL = "redis://127.0.0.1:1"
    await keys.close()
    other = replace(one, text="Something else")
    assert await looked(at_once, other) == [other]


async def test_most_questions_are_known_to_be_new_without_a_look(
    at_once: AtOnce, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(*_: object, **__: object) -> None:
        raise AssertionError("there is nothing to look for")

    monkeypatch.setattr(Edge, "answer", look)
    one = asks(person, "Something that nobody has asked")
    assert await looked(at_once, one) == [one]
