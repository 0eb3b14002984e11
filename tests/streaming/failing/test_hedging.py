"""A model that is slower than usual is raced by the next one; whoever speaks first answers."""

import asyncio
import json
import time
from decimal import Decimal
from typing import Any

import pytest

from chat.models import Message
from config.catalogue import Model
from streaming import redis as keys
from streaming.circuits import states
from streaming.failures import Kind
from streaming.generation import pace as pace_module
from streaming.generation.pace import Pace
from tests.provider import MockProvider, text_for
from tests.streaming.failing.scene import QUESTION, Scene, tried

SECOND = 1.0
QUICK = Model("anthropic", "mock?tokens=9&seed=2", "regional")


def slow(plan: str) -> Model:
    return Model("openai", f"mock?{plan}", "cloud")


SILENT = slow("fault=silence")


@pytest.fixture(autouse=True)
def hedging(settings: Any) -> None:
    settings.CHAT_HEDGE = True


async def usually(model: Model, seconds: float, count: int = 40) -> None:
    """This model's answers have always begun after so long."""
    for _ in range(count):
        await Pace().note(str(model), seconds)


async def test_the_first_to_speak_answers_and_the_other_is_closed_at_once(
    mock: MockProvider,
) -> None:
    await usually(SILENT, 0.05)
    finished = await Scene([SILENT, QUICK]).make()
    assert finished.content == text_for(QUESTION, QUICK.name)
    assert finished.model == QUICK.name
    assert tried(finished) == [("openai", Kind.LOST), ("anthropic", "")]
    assert [one["hedged"] for one in finished.tries] == [False, True]
    loser, winner = mock.records
    assert loser.end == "closed by client"
    # A second after the other one spoke, which itself came after the usual time.
    assert loser.ended - winner.started < SECOND
    assert states([str(SILENT)])[0].failures == 0


async def test_the_slow_one_may_still_win(mock: MockProvider) -> None:
    late = slow("delay=0.3&tokens=9&seed=5")
    never = Model("anthropic", "mock?fault=stall", "cloud")
    await usually(late, 0.02)
    finished = await Scene([late, never]).make()
    assert finished.content == text_for(QUESTION, late.name)
    assert tried(finished) == [("openai", ""), ("anthropic", Kind.LOST)]
    await mock.wait_for(lambda records: records[1].end == "closed by client")
    assert mock.records[1].ended - mock.records[0].started < 0.3 + SECOND


async def test_what_the_loser_costs_is_added(mock: MockProvider) -> None:
    first = Model("openai", "gpt-5.5", "cloud")
    question = f"{QUESTION} {json.dumps({'tokens': 9, 'delay': 0.4})}"
    await usually(first, 0.02)
    second = Model("anthropic", "claude-sonnet-5-5", "cloud")
    finished = await Scene([first, second], question=question).make()
    costs = [Decimal(one["cost_usd"]) for one in finished.tries]
    assert len(costs) == 2
    assert all(costs)
    assert finished.cost_usd == sum(costs)
    assert sorted(one["is_estimated"] for one in finished.tries) == [False, True]


async def test_one_that_is_as_fast_as_usual_is_not_raced(mock: MockProvider) -> None:
    model = slow("delay=0.05&tokens=3")
    await usually(model, 5.0)
    finished = await Scene([model, QUICK]).make()
    assert tried(finished) == [("openai", "")]
    assert len(mock.records) == 1


@pytest.mark.parametrize("known", [0, pace_module.SAMPLE_SIZE_MIN - 1])
async def test_too_few_answers_say_nothing(mock: MockProvider, known: int) -> None:
    model = slow("delay=0.2&tokens=3")
    await usually(model, 0.01, known)
    await Scene([model, QUICK]).make()
    assert len(mock.records) == 1


async def test_it_is_off_unless_asked_for(mock: MockProvider, settings: Any) -> None:
    settings.CHAT_HEDGE = False
    model = slow("delay=0.2&tokens=3")
    await usually(model, 0.01)
    await Scene([model, QUICK]).make()
    assert len(mock.records) == 1
    # And nothing is noted of it.
    assert await keys.client().llen(keys.pace_key(str(model))) == 40


async def test_one_that_fails_while_it_is_raced_leaves_the_answer_to_the_other(
    mock: MockProvider, settings: Any
) -> None:
    settings.CHAT_FIRST_TOKEN_TIMEOUT_SECONDS = 1.5
    broken = Model("anthropic", "mock?fault=status&status=500", "cloud")
    late = slow("delay=0.4&tokens=9&seed=5")
    await usually(late, 0.02)
    finished = await Scene([late, broken]).make()
    assert finished.content == text_for(QUESTION, late.name)
    assert tried(finished) == [("openai", ""), ("anthropic", "server error")]


async def test_when_both_fail_the_third_is_asked(mock: MockProvider, settings: Any) -> None:
    settings.CHAT_FIRST_TOKEN_TIMEOUT_SECONDS = 1.0
    broken = Model("anthropic", "mock?fault=status&status=500", "cloud")
    await usually(SILENT, 0.02)
    third = Model("openai", "mock?tokens=4", "regional")
    finished = await Scene([SILENT, broken, third]).make()
    assert finished.model == third.name
    assert [kind for _, kind in tried(finished)] == ["timeout", "server error", ""]


async def test_a_text_that_is_gone_on_with_is_not_raced(mock: MockProvider) -> None:
    """Another would begin again, under the eyes of the reader."""
    speaker = Model("local", "mock?tokens=9&seed=5&delay=0.3", "regional")
    whole = text_for(QUESTION, speaker.name)
    await usually(speaker, 0.02)
    scene = Scene([QUICK, speaker])
    await scene.append(0, "start", "")
    said = {"provider": speaker.provider, "model": speaker.name}
    await scene.append(1, "token", whole[:10], **said)
    finished = await scene.make(attempt=2)
    assert (finished.content, tried(finished)) == (whole, [("local", "")])
    assert "reset" not in scene.kinds


async def test_a_stop_closes_both(mock: MockProvider) -> None:
    await usually(SILENT, 0.02)
    scene = Scene([SILENT, Model("anthropic", "mock?fault=stall", "cloud")])
    making = asyncio.create_task(scene.make())
    await mock.wait_for(lambda records: len(records) == 2)
    since = time.monotonic()
    scene.stop.ask()
    finished = await making
    assert finished.status == Message.Status.STOPPED
    await mock.wait_for(lambda records: all(one.end == "closed by client" for one in records))
    assert max(one.ended for one in mock.records) - since < SECOND
    assert {one["kind"] for one in finished.tries} == {Kind.STOPPED}


async def test_the_sample_is_bounded_and_tells_the_slowest_of_twenty(
    redis_client: keys.Redis,
) -> None:
    for number in range(300):
        await Pace().note("openai:m", number / 1000)
    key = keys.pace_key("openai:m")
    assert await redis_client.llen(key) == pace_module.SAMPLE_SIZE
    assert 0 < await redis_client.ttl(key) <= pace_module.SAMPLE_TTL_SECONDS
    # Of 0.100 to 0.299.
    assert await Pace().slow_after("openai:m") == pytest.approx(0.290)


async def test_without_redis_nobody_is_raced(
    mock: MockProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = slow("delay=0.1&tokens=3")
    await usually(model, 0.01)

    async def away(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(keys.Redis, "lrange", away)
    finished = await Scene([model, QUICK]).make()
    assert tried(finished) == [("openai", "")]
