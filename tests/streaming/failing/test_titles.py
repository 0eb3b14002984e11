"""Titles cost money too: asked within budgets, and past providers that fail."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError
from django.db.models import Sum

from chat.models import ApiKey, Budget, Conversation, Spending, User
from chat.models.costs import in_usd
from config.catalogue import Model
from config.endpoints import Endpoint
from streaming.breakers import Breakers
from streaming.circuits import OPEN, states
from streaming.errors import ProviderError, ProviderUnavailable
from streaming.generation import titles as module
from streaming.generation.titles import Titles, Wish
from streaming.metrics.families import field
from streaming.metrics.tally import Tally
from tests.provider import MockProvider

pytestmark = pytest.mark.django_db(transaction=True)

DOWN = Model("openai", "mock?fault=status&status=500", "regional")
REFUSED = Model("openai", "mock?fault=status&status=401", "regional")
WELL = Model("anthropic", "mock?say=Rivers and stones", "cloud")
SONNET = Model("anthropic", "claude-sonnet-5-5", "cloud")
OWN = Model("gpu", "mock?say=Of our own", "regional")


@pytest.fixture
def person() -> User:
    return User.objects.create_user(uuid.uuid4().hex)


async def wish(person: User, *models: Model, **more: Any) -> Wish:
    conversation = await Conversation.objects.acreate(owner=person, title="First")
    return Wish(conversation.id, person.id, "Where from?", "From hills.", list(models), **more)


async def title(wanted: Wish) -> str:
    return (await Conversation.objects.aget(id=wanted.conversation_id)).title


async def test_where_one_fails_the_next_names_it_and_both_are_entered(
    mock: MockProvider, person: User
) -> None:
    wanted = await wish(person, DOWN, WELL)
    tally = Tally()
    await Titles(Breakers(), tally).name(wanted)
    assert await title(wanted) == "Rivers and stones"
    tries = {name: count for name, count in tally.new.items() if name.startswith("tries")}
    assert tries == {
        field("tries", "openai", DOWN.name, "server error"): 1,
        field("tries", "anthropic", WELL.name, "answered"): 1,
    }
    lines = Spending.objects.filter(person=person, purpose="title").order_by("provider")
    assert [line.provider async for line in lines] == ["anthropic", "openai"]


async def test_while_the_database_is_away_the_entry_waits(
    mock: MockProvider, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = [OperationalError("away"), InterfaceError("gone")]
    write = module._retitle

    async def away(*what: Any) -> None:
        if fails:
            raise fails.pop()
        await write(*what)

    monkeypatch.setattr(module, "_retitle", away)
    wanted = await wish(person, WELL)
    await Titles(Breakers(), Tally()).name(wanted)
    assert await title(wanted) == "Rivers and stones"
    assert (await Spending.objects.aget(person=person)).calls == 1


async def test_a_model_with_an_open_circuit_is_not_asked(mock: MockProvider, person: User) -> None:
    with pytest.raises(ProviderError):
        await Titles(Breakers(), Tally()).name(await wish(person, REFUSED))
    assert (await sync_to_async(states)([str(REFUSED)]))[0].name == OPEN
    asked = len(mock.records)
    wanted = await wish(person, REFUSED, WELL)
    await Titles(Breakers(), Tally()).name(wanted)
    assert await title(wanted) == "Rivers and stones"
    assert len(mock.records) == asked + 1


async def test_at_most_two_are_asked(mock: MockProvider, person: User) -> None:
    with pytest.raises(ProviderUnavailable):
        await Titles(Breakers(), Tally()).name(await wish(person, DOWN, REFUSED, WELL))
    assert len(mock.records) == module.ASKED_MAX


async def test_one_that_does_not_come_to_its_end_is_closed_and_paid(
    mock: MockProvider, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DEADLINE_SECONDS", 2)
    stalls = replace(await wish(person, SONNET), question='{"fault": "stall", "at": 2}')
    with pytest.raises(TimeoutError):
        await Titles(Breakers(), Tally()).name(stalls)
    await mock.wait_for(lambda records: records[0].end == "closed by client")
    (line,) = [one async for one in Spending.objects.filter(person=person)]
    assert line.estimated_units == line.cost_units > 0


def nothing_for_all(person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_HARD_USD = Decimal(0)


def nothing_for_each(person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal(0)


def nothing_for_this_one(person: User, settings: Any) -> None:
    Budget.objects.create(person=person, hard_usd=Decimal(0))


def nothing_for_the_key(person: User, settings: Any) -> None:
    ApiKey.objects.filter(owner=person).update(budget_usd=Decimal(0))


@pytest.mark.parametrize(
    "spend_up", [nothing_for_all, nothing_for_each, nothing_for_this_one, nothing_for_the_key]
)
async def test_without_a_budget_only_what_is_free_is_asked(
    mock: MockProvider, person: User, settings: Any, spend_up: Callable[[User, Any], None]
) -> None:
    settings.CHAT_ENDPOINTS = {"gpu": Endpoint("gpu", mock.openai_url)}
    key = await ApiKey.objects.acreate(owner=person, name="a", prefix="b", hash="c")
    await sync_to_async(spend_up)(person, settings)
    dear = await wish(person, SONNET, key_id=key.id)
    await Titles(Breakers(), Tally()).name(dear)
    assert mock.records == []
    assert await title(dear) == "First"
    free = await wish(person, SONNET, OWN, key_id=key.id)
    await Titles(Breakers(), Tally()).name(free)
    assert await title(free) == "Of our own"
    spent = await Spending.objects.aaggregate(Sum("cost_units"))
    assert in_usd(spent["cost_units__sum"] or 0) == 0
