"""A circuit breaker is one for all workers, opens after failures, and costs next to nothing."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway

from streaming import breakers as module
from streaming import redis as keys
from streaming.breakers import Breakers, Permit
from streaming.circuits import states
from streaming.errors import ProviderError, ProviderTimeout, ProviderUnavailable
from streaming.failures import Kind
from streaming.providers import faults
from tests.streaming.breaking import FAILURE, fail, is_open, until

ROOT = Path(__file__).resolve().parent.parent.parent
NO_MONEY = {"error": {"code": "insufficient_quota"}}
WORKER = """
import asyncio, json, sys
import django
django.setup()
from streaming.breakers import Breakers
from streaming.errors import ProviderError, ProviderUnavailable

async def main(model, act):
    breakers = Breakers()
    try:
        permit = await breakers.ask(model)
    except ProviderError as error:
        return "open"
    if act == "fail":
        await breakers.report(permit, ProviderUnavailable())
    return "probe" if permit.is_probe else "closed"

for line in sys.stdin:
    print(asyncio.run(main(*json.loads(line))), flush=True)
"""


class Worker:
    """Another process with breakers of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER], cwd=ROOT, text=True,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def do(self, model: str, act: str = "ask") -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([model, act]) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        self._process.communicate(timeout=10)


async def test_it_opens_after_so_many_failures_in_a_row_for_all_workers(
    breakers: Breakers, another: Breakers, model: str
) -> None:
    for _ in range(4):
        await fail(breakers, model)
    assert await is_open(another, model) is None
    await fail(another, model)
    for one in (breakers, another):
        seconds = await is_open(one, model)
        assert seconds is not None
        assert 29 < seconds <= 30


async def test_two_processes_share_it(breakers: Breakers, model: str, settings: Any) -> None:
    first, second = Worker(), Worker()
    try:
        for number in range(5):
            assert (first, second)[number % 2].do(model, "fail") == "closed"
        assert (first.do(model), second.do(model)) == ("open", "open")
        await keys.client().hset(keys.breaker_key(model), "open_until", "1")
        assert sorted((first.do(model), second.do(model))) == ["open", "probe"]
    finally:
        first.end()
        second.end()


async def test_an_answer_in_between_begins_the_count_again(
    breakers: Breakers, another: Breakers, model: str
) -> None:
    for _ in range(4):
        await fail(breakers, model)
    await another.report(await another.ask(model), None)
    for _ in range(4):
        await fail(breakers, model)
    assert await is_open(breakers, model) is None


async def test_failures_far_apart_do_not_open_it(
    breakers: Breakers, model: str, settings: Any
) -> None:
    settings.CHAT_BREAKER_WINDOW_SECONDS = 0.02
    for _ in range(8):
        await fail(breakers, model)
        await until(lambda: not states([model])[0].failures)
    assert await is_open(breakers, model) is None


@pytest.mark.parametrize(
    ("error", "low", "high"),
    [
        (faults.from_status("openai", 429, {"retry-after": "7"}, {}), 6, 7),
        (faults.from_status("openai", 503, {"retry-after": "7"}, {}), 6, 7),
        (faults.from_status("openai", 429, {"retry-after": "3000"}, {}), 599, 600),
        (faults.from_status("openai", 401, {}, {}), 299, 300),
        (faults.from_status("openai", 403, {}, {}), 299, 300),
        (faults.from_status("openai", 404, {}, {}), 299, 300),
        (faults.from_status("openai", 429, {}, NO_MONEY), 299, 300),
    ],
)
async def test_some_failures_open_it_at_once(
    breakers: Breakers, model: str, error: ProviderError, low: float, high: float
) -> None:
    await fail(breakers, model, error)
    (state,) = states([model])
    assert state.name == "open"
    assert low < state.seconds <= high
    assert state.kind == error.kind


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_persons_bad_prompt_never_counts(
    breakers: Breakers, model: str, status: int
) -> None:
    for _ in range(20):
        await fail(breakers, model, faults.from_status("openai", status, {}, {}))
    assert await is_open(breakers, model) is None
    assert not await keys.client().exists(keys.breaker_key(model))


async def test_a_refused_key_is_told_as_such_while_it_is_open(
    breakers: Breakers, model: str
) -> None:
    await fail(breakers, model, faults.from_status("openai", 401, {}, {}))
    with pytest.raises(ProviderUnavailable, match="circuit is open") as refused:
        await breakers.ask(model)
    assert refused.value.sentence == faults.CREDENTIALS


async def test_a_late_failure_of_an_earlier_call_changes_nothing_but_a_longer_retry_after(
    breakers: Breakers, another: Breakers, model: str, settings: Any
) -> None:
    early, later = await another.ask(model), await another.ask(model)
    settings.CHAT_BREAKER_FAILURES = 1
    await fail(breakers, model)
    await another.report(early, FAILURE)
    assert 29 < states([model])[0].seconds <= 30
    await another.report(later, ProviderUnavailable(kind=Kind.RATE_LIMITED, retry_after=90))
    assert 89 < states([model])[0].seconds <= 90
    # One that began before it was open and ends well does not close it.
    await another.report(later, None)
    assert states([model])[0].name == "open"


async def test_its_memory_is_bounded_by_time(breakers: Breakers, model: str, settings: Any) -> None:
    await fail(breakers, model)
    key = keys.breaker_key(model)
    assert 0 < await keys.client().ttl(key) <= 60
    settings.CHAT_BREAKER_FAILURES = 1
    await fail(breakers, model)
    assert 0 < await keys.client().ttl(key) <= 30 + module.FORGET_SECONDS
    await keys.client().hset(key, "open_until", "1")
    await breakers.ask(model)
    assert 0 < await keys.client().ttl(key) <= 30 + module.FORGET_SECONDS


# -- without Redis -----------------------------------------------------------------------


class Away:
    """A client whose Redis does not answer."""

    def __init__(self, *, hangs: bool) -> None:
        self.asked = 0
        self._hangs = hangs

    def pipeline(self, transaction: bool) -> "Away":
        return self

    def evalsha(self, *words: object) -> None:
        self.asked += 1

    async def execute(self, raise_on_error: bool) -> list[Exception]:
        if self._hangs:
            await asyncio.Event().wait()
        return [RedisAway()]


@pytest.mark.parametrize("hangs", [False, True])
async def test_without_redis_a_process_goes_by_what_it_has_seen_itself(
    hangs: bool, model: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AWAY_SECONDS", 60.0)
    away = Away(hangs=hangs)
    breakers = Breakers(lambda: away)  # type: ignore[arg-type, return-value]
    settings.CHAT_BREAKER_OPEN_SECONDS = 0.05
    for _ in range(5):
        await fail(breakers, model, ProviderTimeout())
    assert await is_open(breakers, model) is not None
    # Redis was waited for once, not by every call.
    assert away.asked == 1
    await asyncio.sleep(0.06)
    outcomes = await asyncio.gather(
        *(breakers.ask(model) for _ in range(9)), return_exceptions=True
    )
    (probe,) = [one for one in outcomes if isinstance(one, Permit)]
    assert probe.is_probe
    await breakers.spoke(probe)
    assert await is_open(breakers, model) is None


async def test_what_was_seen_before_redis_went_away_is_not_forgotten(
    breakers: Breakers, model: str
) -> None:
    for _ in range(5):
        await fail(breakers, model)
    breakers._redis = lambda: Away(hangs=False)  # type: ignore[assignment, return-value]
    assert await is_open(breakers, model) is not None
