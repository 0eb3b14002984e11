"""Leaving a stream closes the provider's connection at once, whatever the provider is doing."""

import asyncio
import gc
import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from streaming.providers import reading
from streaming.providers.base import Event, Provider
from tests.provider import MockProvider
from tests.streaming.providers.conftest import asking

pytestmark = pytest.mark.asyncio

SECOND = 1.0

MOMENTS = [
    pytest.param({"fault": "silence"}, 0, id="before the headers"),
    pytest.param({"fault": "stall", "at": 0}, 0, id="before the first token"),
    pytest.param({"fault": "stall", "at": 5}, 1, id="during a stall"),
    pytest.param({"tokens": 100_000, "rate": 100}, 3, id="in mid-stream"),
    pytest.param({"tokens": 200_000}, 1, id="in a flood"),
]


class Turning:
    """A task that reads a stream, as the turn does."""

    def __init__(self, provider: Provider, plan: dict[str, Any], *, stuck: bool = False) -> None:
        self.seen = 0
        self.stuck = stuck
        # Held, so that no garbage collection closes what the code forgot.
        self.events: AsyncIterator[Event] | None = None
        self.task = asyncio.create_task(self._read(provider, json.dumps(plan)))

    async def _read(self, provider: Provider, message: str) -> None:
        async with provider.stream(asking(message)) as events:
            self.events = events
            async for _ in events:
                self.seen += 1
                if self.stuck:
                    await asyncio.Event().wait()

    async def reaches(self, mock: MockProvider, events: int) -> None:
        await mock.wait_for(lambda records: records and self.seen >= events)

    async def cancel(self) -> float:
        """Seconds that the task took to end."""
        started = time.monotonic()
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        assert self.task.cancelled()
        return time.monotonic() - started


async def closed_within_a_second(mock: MockProvider, since: float) -> None:
    await mock.wait_for(lambda records: records[0].end)
    assert mock.records[0].end == "closed by client"
    assert mock.records[0].ended - since < SECOND


@pytest.mark.parametrize(("plan", "events"), MOMENTS)
async def test_a_cancelled_reader_closes_the_connection(
    provider: Provider, mock: MockProvider, plan: dict[str, Any], events: int
) -> None:
    turning = Turning(provider, plan)
    await turning.reaches(mock, events)
    since = time.monotonic()
    assert await turning.cancel() < SECOND
    await closed_within_a_second(mock, since)


@pytest.mark.parametrize(("plan", "events"), [one for one in MOMENTS if one.values[1]])
async def test_a_reader_cancelled_between_two_reads_closes_the_connection(
    provider: Provider, mock: MockProvider, plan: dict[str, Any], events: int
) -> None:
    turning = Turning(provider, plan, stuck=True)
    await turning.reaches(mock, 1)
    since = time.monotonic()
    assert await turning.cancel() < SECOND
    await closed_within_a_second(mock, since)


async def test_a_reader_that_is_cancelled_while_it_closes_still_closes(
    provider: Provider, mock: MockProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing = asyncio.Event()
    close = reading.Reading._close

    async def slow(self: reading.Reading) -> None:
        closing.set()
        await asyncio.sleep(0.05)
        await close(self)

    monkeypatch.setattr(reading.Reading, "_close", slow)
    turning = Turning(provider, {"tokens": 10_000, "rate": 100}, stuck=True)
    await turning.reaches(mock, 1)
    since = time.monotonic()
    turning.task.cancel()
    await closing.wait()
    assert await turning.cancel() < SECOND
    await closed_within_a_second(mock, since)


@pytest.mark.parametrize("reads", [0, 1])
async def test_leaving_early_closes_the_connection_before_it_returns(
    provider: Provider, mock: MockProvider, reads: int
) -> None:
    async with provider.stream(asking('{"tokens": 10000, "rate": 100}')) as events:
        for _ in range(reads):
            await anext(events)
        since = time.monotonic()
    assert isinstance(events, reading.Reading)
    assert not reading._closing
    generator: Any = events._bytes
    assert generator.ag_frame is None
    await closed_within_a_second(mock, since)


async def test_a_deadline_of_the_turn_closes_the_connection(
    provider: Provider, mock: MockProvider
) -> None:
    async def read() -> None:
        async with provider.stream(asking('{"fault": "stall", "at": 2}')) as events:
            await anext(events)
            async with asyncio.timeout(0.05):
                async for _ in events:
                    pass

    since = time.monotonic()
    with pytest.raises(TimeoutError):
        await read()
    await closed_within_a_second(mock, since)


async def test_an_error_of_the_turn_closes_the_connection(
    provider: Provider, mock: MockProvider
) -> None:
    async def read() -> None:
        async with provider.stream(asking('{"tokens": 9999, "rate": 100}')) as events:
            await anext(events)
            raise ZeroDivisionError

    since = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        await read()
    await closed_within_a_second(mock, since)


@pytest.mark.filterwarnings("error")
async def test_closing_leaves_nothing_behind(
    provider: Provider, mock: MockProvider, caplog: pytest.LogCaptureFixture
) -> None:
    """No task, no "exception was never retrieved", no generator that nobody closed."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
    with caplog.at_level(logging.WARNING):
        for moment in MOMENTS:
            plan, events = moment.values
            assert isinstance(plan, dict)
            mock.records.clear()
            turning = Turning(provider, plan)
            await turning.reaches(mock, int(str(events)))
            await turning.cancel()
            await mock.wait_for(lambda records: records[0].end)
        gc.collect()
        await asyncio.sleep(0)
    assert complaints == []
    assert [record.message for record in caplog.records if record.name != "aiohttp.server"] == []
    assert not reading._closing


async def test_two_hundred_stopped_at_once_are_closed_within_a_second(
    provider: Provider, mock: MockProvider
) -> None:
    turns = [Turning(provider, {"tokens": 10_000, "rate": 20, "seed": n}) for n in range(200)]
    await mock.wait_for(lambda _: all(turning.seen for turning in turns), seconds=20)
    since = time.monotonic()
    await asyncio.gather(*(turning.cancel() for turning in turns))
    await mock.wait_for(lambda records: all(record.end for record in records))
    assert {record.end for record in mock.records} == {"closed by client"}
    assert max(record.ended for record in mock.records) - since < SECOND
