"""A circuit that was open lets one call of all workers through, and goes by what becomes of it."""

import asyncio
from typing import Any

from streaming import redis as keys
from streaming.breakers import Breakers, Permit
from streaming.circuits import states
from streaming.errors import ProviderError, ProviderRejected
from tests.streaming.breaking import fail, is_open, until


async def until_half_open(model: str) -> None:
    await until(lambda: states([model])[0].name == "half open")


async def opened(breakers: Breakers, model: str, settings: Any) -> None:
    settings.CHAT_BREAKER_OPEN_SECONDS = 0.05
    settings.CHAT_BREAKER_FAILURES = 1
    await fail(breakers, model)
    await until_half_open(model)


async def test_half_open_lets_exactly_one_call_of_all_workers_through(
    breakers: Breakers, another: Breakers, model: str, settings: Any
) -> None:
    await opened(breakers, model, settings)
    outcomes = await asyncio.gather(
        *(one.ask(model) for _ in range(50) for one in (breakers, another)),
        return_exceptions=True,
    )
    probes = [one for one in outcomes if isinstance(one, Permit)]
    assert len(probes) == 1
    assert probes[0].is_probe
    refused = [one for one in outcomes if isinstance(one, ProviderError)]
    assert len(refused) == 99


async def test_the_probes_first_word_closes_it(
    breakers: Breakers, another: Breakers, model: str, settings: Any
) -> None:
    await opened(breakers, model, settings)
    probe = await another.ask(model)
    assert await is_open(breakers, model) is not None
    await another.spoke(probe)
    assert [await is_open(one, model) for one in (breakers, another)] == [None, None]
    assert states([model])[0].name == "closed"


async def test_a_probe_that_fails_opens_it_for_longer_each_time(
    breakers: Breakers, model: str, settings: Any
) -> None:
    await opened(breakers, model, settings)
    settings.CHAT_BREAKER_OPEN_SECONDS = 10
    lengths = []
    for _ in range(7):
        await fail(breakers, model)
        lengths.append(round(await is_open(breakers, model) or 0))
        await keys.client().hset(keys.breaker_key(model), "open_until", "1")
    assert lengths == [20, 40, 80, 160, 300, 300, 300]


async def test_a_probe_that_says_nothing_gives_its_place_to_the_next(
    breakers: Breakers, another: Breakers, model: str, settings: Any
) -> None:
    await opened(breakers, model, settings)
    await breakers.report(await breakers.ask(model), ProviderRejected())
    probe = await another.ask(model)
    assert probe.is_probe
    await another.release(probe)
    assert (await breakers.ask(model)).is_probe


async def test_a_probe_that_dies_with_its_worker_is_not_waited_for_for_ever(
    breakers: Breakers, another: Breakers, model: str, settings: Any
) -> None:
    await opened(breakers, model, settings)
    settings.CHAT_FIRST_TOKEN_TIMEOUT_SECONDS = -9.98
    dead = await breakers.ask(model)
    await until(lambda: states([model])[0].name == "half open")
    await asyncio.sleep(0.03)
    assert (await another.ask(model)).is_probe
    # What it says when it wakes again is no news.
    await breakers.report(dead, None)
    assert states([model])[0].name == "half open"
