"""In which order models are asked, how long, and what is kept of it."""

import asyncio
import json
import time
from decimal import Decimal
from typing import Any

import pytest

from chat.models import Message
from config.catalogue import LOCAL, Catalogue, Model, Tier
from streaming.chunks import text_of
from streaming.circuits import states
from streaming.failures import Kind
from streaming.routing import route
from tests.provider import MockProvider, text_for
from tests.streaming.failing.scene import DOWN, QUESTION, WELL, Scene, model, tried

CLOUD = (Model("anthropic", "big", "cloud"), Model("openai", "large", "cloud"))
REGIONAL = (Model("openai", "mini", "regional"), Model("anthropic", "small", "regional"))
CATALOGUE = Catalogue(CLOUD, REGIONAL, (LOCAL,))
SONNET = "claude-sonnet-5-5"


# -- the order ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "wanted", "names"),
    [
        ("cloud", "", "big large mini small"),
        ("regional", "", "mini small big large"),
        ("regional", "large", "large mini small big"),
        ("cloud", "small", "small big large mini"),
        ("cloud", "of another time", "big large mini small"),
    ],
)
def test_the_tiers_models_come_first_and_the_local_one_last(
    tier: Tier, wanted: str, names: str
) -> None:
    providers = {one.name: one.provider for one in CATALOGUE.models}
    reply = Message(provider=providers.get(wanted, "openai"), model=wanted)
    found = route.candidates(CATALOGUE, reply, tier)
    assert [one.name for one in found] == [*names.split(), LOCAL.name]


def test_a_tier_without_models_is_the_others() -> None:
    reply = Message()
    assert route.candidates(Catalogue(CLOUD, ()), reply, "regional") == list(CLOUD)
    assert route.candidates(Catalogue((), (), (LOCAL,)), reply, "cloud") == [LOCAL]
    # Named in a list, it has the place that it has there.
    named = Catalogue(CLOUD, (LOCAL, *REGIONAL))
    assert route.candidates(named, reply, "regional")[0] == LOCAL


async def test_everybody_is_asked_in_order_until_one_speaks(mock: MockProvider) -> None:
    candidates = [
        model("fault=status&status=429"),
        model("fault=refuse", "anthropic"),
        model("fault=eof", "local", "regional"),
        WELL,
        model("tokens=3"),
    ]
    finished = await Scene(candidates).make()
    assert [one.model for one in mock.records] == [one.name for one in candidates[:4]]
    assert tried(finished) == [
        ("openai", "rate limited"), ("anthropic", "connection"), ("local", "connection"),
        ("anthropic", ""),
    ]  # fmt: skip
    assert finished.content == text_for(QUESTION, WELL.name)
    assert (finished.source, finished.model) == ("regional", WELL.name)
    for one in finished.tries:
        assert one["began_at"]
        assert one["ms"] >= 0


async def test_a_model_with_an_open_circuit_is_passed_over(
    mock: MockProvider, settings: Any
) -> None:
    settings.CHAT_BREAKER_FAILURES = 1
    scene = Scene([DOWN, WELL])
    await scene.make()
    finished = await Scene([DOWN, WELL], asker=scene.asker).make()
    assert tried(finished) == [("openai", "circuit open"), ("anthropic", "")]
    assert finished.tries[0]["cost_usd"] == "0"
    assert [one.protocol for one in mock.records] == ["openai", "anthropic", "anthropic"]


class Gone:
    """A client of a Redis that is away."""

    def pipeline(self, **_: object) -> Any:
        raise OSError("away")


async def test_without_redis_for_the_breakers_the_answer_comes_all_the_same(
    mock: MockProvider,
) -> None:
    scene = Scene([DOWN, WELL])
    scene.asker.breakers._redis = Gone  # type: ignore[assignment]
    finished = await scene.make()
    assert tried(finished) == [("openai", "server error"), ("anthropic", "")]


# -- when nobody answers -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("plans", "code"),
    [
        (["fault=status&status=401", "fault=status&status=503"], "provider_unavailable"),
        (["fault=status&status=413", "fault=status&status=401"], "provider_rejected"),
        (["fault=status&status=401", "fault=stall"], "provider_timeout"),
        (["fault=status&status=500", "fault=status&status=400"], "provider_rejected"),
    ],
)
async def test_the_failure_that_may_pass_is_told(
    mock: MockProvider, settings: Any, plans: list[str], code: str
) -> None:
    settings.CHAT_FIRST_TOKEN_TIMEOUT_SECONDS = 1.0
    candidates = [
        model(plan, name) for plan, name in zip(plans, ("openai", "anthropic"), strict=True)
    ]
    finished = await Scene(candidates).make()
    assert finished.status == Message.Status.FAILED
    assert (finished.error_code, finished.content) == (code, "")
    assert len(finished.tries) == 2


async def test_a_short_retry_after_is_waited_for_once(mock: MockProvider) -> None:
    """The message's own plan: the fault happens to the first request only."""
    plan = {"fault": "status", "status": 429, "retry_after": "1", "times": 1, "tokens": 5}
    question = f"{QUESTION} {json.dumps(plan)}"
    started = time.monotonic()
    finished = await Scene([model("")], question=question).make()
    assert finished.status == Message.Status.COMPLETE
    assert finished.content == text_for(question)
    assert time.monotonic() - started >= 1
    assert tried(finished) == [("openai", "rate limited"), ("openai", "")]


async def test_it_is_not_waited_for_twice(mock: MockProvider) -> None:
    finished = await Scene([model("fault=status&status=429&retry_after=0.1")]).make()
    assert finished.error_code == "provider_unavailable"
    assert len(mock.records) == 2


async def test_all_who_wait_for_the_same_model_are_answered_when_its_probe_has_spoken(
    mock: MockProvider,
) -> None:
    plan = {"fault": "status", "status": 429, "retry_after": "0.5", "times": 1, "tokens": 5}
    question = f"{QUESTION} {json.dumps(plan)}"
    scene = Scene([model("")], question=question)
    scenes = [Scene([model("")], question=question, asker=scene.asker) for _ in range(20)]
    finished = await asyncio.gather(scene.make(), *(one.make() for one in scenes))
    assert {one.status for one in finished} == {Message.Status.COMPLETE}
    assert {one.content for one in finished} == {text_for(question)}


async def test_a_long_retry_after_is_told_instead(mock: MockProvider) -> None:
    candidates = [
        model("fault=status&status=429&retry_after=90"),
        model("fault=status&status=503&retry_after=40", "anthropic"),
    ]
    scene = Scene(candidates)
    await scene.make()
    end = json.loads(scene.entries[-1]["frame"])
    assert end["metadata"]["retry_after"] == 40
    # The same while both are open, and nobody is asked.
    later = Scene(candidates, asker=scene.asker)
    await later.make()
    end = json.loads(later.entries[-1]["frame"])
    assert 35 < end["metadata"]["retry_after"] <= 40
    assert end["metadata"]["retryable"]
    assert len(mock.records) == 2


# -- what is kept ------------------------------------------------------------------------


async def test_the_cost_is_the_sum_of_the_tries_to_the_last_digit(mock: MockProvider) -> None:
    """Models with a price, told apart by their providers."""
    question = f"{QUESTION} {json.dumps({'tokens': 40, 'finish': 'stop'})}"
    scene = Scene([Model("openai", "gpt-4o", "cloud")], question=question)
    finished = await scene.make()
    assert finished.cost_usd == Decimal(finished.tries[0]["cost_usd"]) > 0
    assert not finished.tries[0]["is_estimated"]
    tokens = finished.tries[0]["input_tokens"], finished.tries[0]["output_tokens"]
    assert tokens == (finished.input_tokens, finished.output_tokens)
    closing = json.loads(scene.entries[-1]["frame"])["metadata"]
    assert Decimal(closing["cost_usd"]) == finished.cost_usd


async def test_a_try_that_worked_in_vain_is_estimated_and_added(
    mock: MockProvider, settings: Any
) -> None:
    settings.CHAT_FIRST_TOKEN_TIMEOUT_SECONDS = 1.0
    plan = {"fault": "stall", "at": 0, "times": 1, "tokens": 40}
    question = f"{QUESTION} {json.dumps(plan)}"
    candidates = [Model("openai", "gpt-4o", "cloud"), Model("anthropic", SONNET, "cloud")]
    finished = await Scene(candidates, question=question).make()
    vain, answered = finished.tries
    assert (vain["kind"], vain["is_estimated"]) == ("timeout", True)
    assert vain["input_tokens"] == len(question) // 4
    costs = [Decimal(one["cost_usd"]) for one in finished.tries]
    assert all(costs)
    assert finished.cost_usd == sum(costs)
    assert not answered["is_estimated"]


async def test_what_was_refused_costs_nothing(mock: MockProvider) -> None:
    plan = {"fault": "status", "status": 500, "tokens": 4}
    question = f"{QUESTION} {json.dumps(plan)}"
    finished = await Scene([Model("openai", "gpt-4o", "cloud")], question=question).make()
    assert finished.cost_usd == 0
    assert finished.tries[0]["cost_usd"] == "0"


@pytest.mark.parametrize("beginning", ["", "Rivers come"])
async def test_without_anybody_who_may_answer_the_budget_is_told(
    mock: MockProvider, beginning: str
) -> None:
    """What was free when the message was accepted is there no more."""
    reply = Message(free_only=True)
    assert (
        route.candidates(Catalogue((Model("anthropic", "big", "cloud"),), ()), reply, "cloud") == []
    )
    scene = Scene([], beginning=beginning)
    finished = await scene.make()
    assert (finished.status, finished.error_code) == (Message.Status.FAILED, "budget_exceeded")
    assert finished.content == text_of(scene.entries) == beginning
    assert (finished.tries, finished.provider, finished.cost_usd) == ([], "", None)
    closing = scene.entries[-1]
    assert closing["kind"] == "error"
    assert mock.records == []


# -- deadlines and stops -----------------------------------------------------------------


async def test_the_whole_reply_has_a_deadline_before_the_first_token_too(
    mock: MockProvider, settings: Any
) -> None:
    settings.CHAT_REPLY_TIMEOUT_SECONDS = 0.5
    finished = await Scene([model("fault=silence"), WELL]).make()
    assert finished.error_code == "provider_timeout"
    await mock.wait_for(lambda records: records[0].end == "closed by client")
    assert len(mock.records) == 1


@pytest.mark.parametrize("plan", ["fault=silence", "fault=stall", "tokens=5000&rate=50"])
async def test_a_stop_asks_nobody_else(mock: MockProvider, plan: str) -> None:
    scene = Scene([model(plan), WELL])
    making = asyncio.create_task(scene.make())
    await mock.wait_for(lambda records: records)
    if "rate" in plan:
        await mock.wait_for(lambda records: records[0].tokens_sent > 5)
    scene.stop.ask()
    finished = await making
    assert finished.status == Message.Status.STOPPED
    assert finished.tries[0]["kind"] == Kind.STOPPED
    await mock.wait_for(lambda records: records[0].end == "closed by client")
    assert len(mock.records) == 1
    assert states([str(scene.candidates[0])])[0].failures == 0
