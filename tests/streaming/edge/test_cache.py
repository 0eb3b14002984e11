"""The response cache: what counts as the same, what is kept, and what is forgotten."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as configured

from chat.finish import Finished
from chat.models import Conversation, Message, User
from config.catalogue import Model
from streaming import redis as keys
from streaming.edge.cache import Cache, digest, forget
from streaming.edge.edge import Edge
from streaming.edge.given import Wish
from streaming.loops import OfLoop
from streaming.metrics.families import field
from streaming.metrics.tally import Tally

MODEL = Model("openai", "small", "regional")
PERSON = uuid.uuid4()


def said(*texts: str) -> list[Message]:
    roles = (Message.Role.USER, Message.Role.ASSISTANT)
    return [Message(role=roles[i % 2], content=text) for i, text in enumerate(texts)]


def wish(*texts: str, **fields: object) -> Wish:
    known: dict[str, Any] = {
        "conversation_id": uuid.uuid4(),
        "owner_id": PERSON,
        "said": said(*texts),
    }
    known |= {"tier": "regional", "models": [MODEL], "asked_at": datetime.now(UTC)}
    return Wish(**(known | fields))


def saved(text: str, **fields: object) -> Finished:
    known: dict[str, object] = {
        "id": uuid.uuid4(),
        "attempt": 1,
        "status": Message.Status.COMPLETE,
        "content": text,
        "finished_at": datetime.now(UTC),
        "source": "regional",
        "provider": "openai",
        "model": "small",
        "finish_reason": "stop",
        "cost_usd": Decimal("0.1"),
    }
    return Finished(**(known | fields))  # type: ignore[arg-type]


@pytest.fixture
async def cache(redis_client: "keys.Redis", settings: Any) -> Cache:
    settings.CHAT_CACHE_SECONDS = 60.0
    settings.CHAT_CACHE_MEGABYTES = 64.0
    settings.REDIS_PREFIX = f"cache-{uuid.uuid4().hex}"
    return Cache(Tally())


async def text(cache: Cache, asked: Wish) -> str | None:
    given = await cache.find(asked)
    return given.text if given else None


async def test_the_same_again_gets_the_same_answer_and_says_whose_it_was(cache: Cache) -> None:
    assert await cache.find(wish("Why?")) is None
    await cache.keep(wish("Why?"), saved("Because."))
    given = await cache.find(wish("Why?"))
    assert given is not None
    assert (given.text, given.source, given.provider, given.model) == (
        "Because.", "cache", "openai", "small",
    )  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        wish("Why not?"),
        wish("why?"),
        wish("Hello", "Hi", "Why?"),
        wish("Why?", owner_id=uuid.uuid4()),
        wish("Why?", tier="cloud"),
        wish("Why?", models=[Model("openai", "large", "cloud"), MODEL]),
    ],
)
async def test_what_differs_in_anything_is_another_question(cache: Cache, other: Wish) -> None:
    await cache.keep(wish("Why?"), saved("Because."))
    assert await cache.find(other) is None


def test_texts_cannot_be_shifted_from_one_message_to_the_next() -> None:
    assert digest(wish("ab", "c", "d")) != digest(wish("a", "bc", "d"))


def test_an_assistant_has_answers_of_its_own_and_only_a_public_one_shares_them() -> None:
    first, second = wish("Why?", assistant="poet 1"), wish("Why?", assistant="poet 2")
    theirs = replace(first, owner_id=uuid.uuid4())
    assert len({digest(first), digest(second), digest(wish("Why?"))}) == 3
    assert digest(first) != digest(theirs)
    public, theirs = replace(first, is_public=True), replace(theirs, is_public=True)
    assert digest(public) == digest(theirs)
    assert digest(public) != digest(first)
    assert digest(public) != digest(replace(second, is_public=True))


async def test_a_public_answer_is_anybodys_and_goes_with_its_first_conversation(
    cache: Cache,
) -> None:
    mine = wish("Why?", is_public=True)
    theirs = wish("Why?", is_public=True, owner_id=uuid.uuid4())
    await cache.keep(mine, saved("Because."))
    assert await text(cache, theirs) == "Because."
    # Marked no more, it is nobody else's, and not even the first one's.
    assert await text(cache, replace(theirs, is_public=False)) is None
    assert await text(cache, replace(mine, is_public=False)) is None
    await sync_to_async(forget)(theirs.conversation_id)
    assert await text(cache, theirs) == "Because."
    await sync_to_async(forget)(mine.conversation_id)
    assert await text(cache, theirs) is None


async def test_an_assistant_that_repeats_nothing_neither_looks_nor_keeps(cache: Cache) -> None:
    tally = Tally()
    edge = Edge(tally)
    repeats, never = wish("Why?"), wish("Why?", caches_answers=False)
    await edge.keep(never, saved("Because."))
    assert await edge.answer(repeats) is None
    await edge.keep(repeats, saved("Because."))
    assert await edge.answer(never) is None
    assert tally.new == {field("edge", name): 1 for name in ("cache_miss", "cache_kept")}


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Message.Status.STOPPED},
        {"status": Message.Status.INTERRUPTED},
        {"status": Message.Status.FAILED},
        {"finish_reason": "length"},
        {"finish_reason": "content_filter"},
        {"seams": [4]},
        {"content": " "},
        {"content": "x" * 200_001},
    ],
)
async def test_only_whole_answers_of_a_fair_size_are_kept(
    cache: Cache, fields: dict[str, object]
) -> None:
    await cache.keep(wish("Why?"), saved(str(fields.pop("content", "Half.")), **fields))
    assert await cache.find(wish("Why?")) is None


async def test_a_deleted_conversation_takes_its_answers_with_it(cache: Cache) -> None:
    mine, other = wish("Why?"), wish("Who?")
    await cache.keep(mine, saved("Because."))
    await cache.keep(replace(mine, said=said("Why?", "Because.", "And?")), saved("So."))
    await cache.keep(other, saved("Nobody."))
    await sync_to_async(forget)(mine.conversation_id)
    assert await cache.find(mine) is None
    assert await text(cache, other) == "Nobody."
    await sync_to_async(forget)(other.conversation_id)
    left = {key async for key in keys.client().scan_iter(match=f"{configured.REDIS_PREFIX}*")}
    # Nothing but the sum, which is nothing, and for a while that they are gone.
    gone = {keys.cache_key(f"gone:{one.conversation_id}") for one in (mine, other)}
    assert left == {name.encode() for name in (keys.cache_key("sizes"), *gone)}
    assert all([0 < await keys.client().pttl(name) <= 60_000 for name in gone])
    assert await keys.client().hgetall(keys.cache_key("sizes")) == {b"": b"0"}


async def test_an_answer_that_was_ending_when_it_was_deleted_is_not_kept(redis_client: Any) -> None:
    tally = Tally()
    cache = Cache(tally)
    mine, again = wish("Why?"), wish("Why?")
    await sync_to_async(forget)(mine.conversation_id)
    await cache.keep(mine, saved("Because."))
    assert await cache.find(again, counts=False) is None
    assert await cache.were_asked([(PERSON, "Why?")]) == [False]
    assert not tally.new
    # Of another conversation it is.
    await cache.keep(again, saved("Because."))
    assert await text(cache, mine) == "Because."


@pytest.mark.django_db(transaction=True)
async def test_a_person_who_is_deleted_takes_all_answers_with_them(cache: Cache) -> None:
    person = await User.objects.acreate(username=uuid.uuid4().hex)
    theirs = await Conversation.objects.acreate(owner=person, title="First")
    public = wish("Why?", conversation_id=theirs.id, owner_id=person.id, is_public=True)
    await cache.keep(public, saved("Because."))
    anybodys = replace(public, owner_id=PERSON)
    assert await text(cache, anybodys) == "Because."
    await sync_to_async(person.delete)()
    assert await text(cache, anybodys) is None


async def test_the_oldest_gives_way_and_the_sum_is_that_of_what_is_there(
    cache: Cache, settings: Any
) -> None:
    settings.CHAT_CACHE_MEGABYTES = 0.01
    wishes = [wish(f"Question {number}") for number in range(12)]
    for each in wishes:
        await cache.keep(each, saved("x" * 1000))
    # The same once more does not count twice.
    await cache.keep(wishes[-1], saved("x" * 1000))
    there = [await cache.find(each) is not None for each in wishes]
    assert there == [False] * 2 + [True] * 10
    sizes = await keys.client().hgetall(keys.cache_key("sizes"))
    total = int(sizes.pop(b""))
    assert total == sum(map(int, sizes.values())) <= 0.01 * 1024 * 1024


async def test_every_key_expires(cache: Cache) -> None:
    await cache.keep(wish("Why?"), saved("Because."))
    found = [key async for key in keys.client().scan_iter(match=f"{configured.REDIS_PREFIX}*")]
    assert len(found) == 5
    assert all([0 < await keys.client().pttl(key) <= 120_000 for key in found])


@pytest.mark.parametrize("packed", [b"", b"\xc1", b"\x92\xa1a\xa1b", b"\x01"])
async def test_what_another_version_has_kept_is_no_answer_and_no_error(
    cache: Cache, packed: bytes
) -> None:
    await keys.client().set(keys.cache_key(digest(wish("Why?"))), packed)
    assert await cache.find(wish("Why?")) is None


async def test_redis_away_is_no_answer_and_no_error(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "client", OfLoop(keys.new_client))
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    tally = Tally()
    cache = Cache(tally)
    assert await cache.find(wish("Why?")) is None
    await cache.keep(wish("Why?"), saved("Because."))
    assert tally.new == {field("edge", "cache_away"): 1}
    await keys.close()


async def test_another_version_is_never_the_same_again(cache: Cache, settings: Any) -> None:
    settings.CHAT_INSTANT = False
    tally = Tally()
    edge = Edge(tally)
    await edge.keep(wish("Why?"), saved("Because."))
    assert await edge.answer(replace(wish("Why?"), is_again=True)) is None
    given = await edge.answer(wish("Why?"))
    assert given is not None
    settings.CHAT_CACHE_SECONDS = 0.0
    assert await edge.answer(wish("Why?")) is None
    assert tally.new == {field("edge", name): 1 for name in ("cache_kept", "cache_hit")}
