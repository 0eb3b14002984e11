"""Few pages of one address are made at the same time, and nobody else waits for them."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from streaming.doors import floods
from streaming.doors import turns as turns_module
from streaming.doors.floods import Floods
from streaming.doors.turns import AT_ONCE, Turns


class Slow:
    """An application whose requests take until they are let go."""

    def __init__(self, *, answers_first: bool = False) -> None:
        self.answers_first = answers_first
        self.at_work: Counter[str] = Counter()
        self.let_go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.answers_first:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        self.at_work[scope["client"][0]] += 1
        try:
            await self.let_go.wait()
        finally:
            self.at_work[scope["client"][0]] -= 1


@pytest.fixture(autouse=True)
def _uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def count(*_: Any) -> None: ...

    monkeypatch.setattr(floods, "count", count)


async def settled() -> None:
    """All that can go on has gone on."""
    for _ in range(20):
        await asyncio.sleep(0)


class Asking:
    """Requests to one application, ended with the context."""

    def __init__(self, application: Slow) -> None:
        self._floods = Floods(application)
        self.tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Asking":
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def ask(
        self, address: str, path: str = "/chat/", times: int = 1, method: str = "GET"
    ) -> None:
        async def send(_: Any) -> None: ...

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [],
            "client": [address, 1],
        }
        for _ in range(times):
            self.tasks.append(asyncio.create_task(self._floods(scope, None, send)))
        await settled()


async def test_one_address_waits_for_its_turn_and_another_does_not() -> None:
    application = Slow()
    async with Asking(application) as asking:
        await asking.ask("192.0.2.1", times=9)
        assert application.at_work["192.0.2.1"] == AT_ONCE
        await asking.ask("192.0.2.2")
        assert application.at_work["192.0.2.2"] == 1
        application.let_go.set()
        await asyncio.gather(*asking.tasks)


async def test_who_goes_away_leaves_their_turn_to_the_next() -> None:
    application = Slow()
    async with Asking(application) as asking:
        await asking.ask("192.0.2.1", times=AT_ONCE + 2)
        # One that is made, and one that waits.
        asking.tasks[0].cancel()
        asking.tasks[AT_ONCE].cancel()
        await settled()
        assert application.at_work["192.0.2.1"] == AT_ONCE
        application.let_go.set()
        await asyncio.gather(*asking.tasks, return_exceptions=True)
        assert application.at_work["192.0.2.1"] == 0


async def test_what_has_begun_to_answer_holds_no_turn() -> None:
    application = Slow(answers_first=True)
    async with Asking(application) as asking:
        await asking.ask("192.0.2.1", times=7)
        assert application.at_work["192.0.2.1"] == 7


@pytest.mark.parametrize("path", ["/api/v1/chat", "/v1/messages", "/healthz", "/static/a.css"])
async def test_what_no_thread_makes_needs_no_turn(path: str) -> None:
    application = Slow()
    async with Asking(application) as asking:
        await asking.ask("192.0.2.1", path, times=7)
        assert application.at_work["192.0.2.1"] == 7


async def test_what_is_posted_needs_no_turn() -> None:
    application = Slow()
    async with Asking(application) as asking:
        await asking.ask("192.0.2.1", "/accounts/sign-in/", times=7, method="POST")
        assert application.at_work["192.0.2.1"] == 7


async def test_nobody_waits_long_for_what_is_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "WAIT_SECONDS", 0.01)
    application = Slow()
    async with Asking(application) as asking:
        await asking.ask("192.0.2.1", times=5)
        async with asyncio.timeout(10):
            while application.at_work["192.0.2.1"] < 5:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        application.let_go.set()
        await asyncio.gather(*asking.tasks)
        application.let_go.clear()
        # Who had no turn has given none back.
        monkeypatch.setattr(turns_module, "WAIT_SECONDS", 60)
        await asking.ask("192.0.2.1", times=5)
        assert application.at_work["192.0.2.1"] == AT_ONCE


async def test_nothing_is_kept_of_who_has_gone() -> None:
    turns = Turns()
    async with turns.turn("somebody") as end:
        end()
        end()
        async with turns.turn("somebody"), turns.turn("somebody"):
            assert list(turns._callers) == ["somebody"]
    assert not turns._callers
