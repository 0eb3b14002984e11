"""Asks the models that may answer, one after the other, until one speaks.

What makes the next one be asked stands in `streaming/failures.py`. After the first token nobody
else is asked: that is the caller's matter, and ends the reply.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from django.conf import settings

from config.catalogue import Model
from streaming.breakers import Breakers
from streaming.errors import ProviderError
from streaming.failures import RULES, Kind
from streaming.generation.call import Call, Way
from streaming.generation.pace import Pace
from streaming.generation.tries import Try
from streaming.providers import faults
from streaming.providers.base import Request

# Where nobody answers and a provider asks for no more than this, it is waited for.
WAIT_SECONDS = 5.0
LOOK_AGAIN_SECONDS = 0.25

logger = logging.getLogger("rivulet.asking")


class Asker:
    """What all replies of a worker process share: the breakers, and how fast each model is."""

    def __init__(self, breakers: Breakers | None = None, pace: Pace | None = None) -> None:
        self.breakers = breakers or Breakers()
        self.pace = pace or Pace()


class Asking:
    """One search for somebody who answers. Leaving the context waits until all that was given
    up is closed.

    ``build`` makes the request of a way; ``prepare`` is called before each and makes what the
    page shows fit to it. What was done is noted in ``tries``.
    """

    def __init__(
        self,
        asker: Asker,
        ways: Sequence[Way],
        *,
        beginning: str,
        build: Callable[[Way], Request],
        prepare: Callable[[Way], Awaitable[None]],
        tries: list[Try],
    ) -> None:
        self._breakers = asker.breakers
        self._pace = asker.pace
        self._ways = deque(ways)
        self._beginning = beginning
        self._build = build
        self._prepare = prepare
        self._tries = tries
        self._failures: list[tuple[Way, ProviderError]] = []
        # What the page shows: the beginning that the way before went on from.
        self._shown = beginning
        self._leaving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._leaving:
            await asyncio.wait(self._leaving)

    @property
    def blamed(self) -> Model | None:
        """The model whose failure is told where nobody answered."""
        return self._most_telling()[0].model if self._failures else None

    async def spoken(self) -> Call:
        """The first call that speaks; entering it is the caller's matter.

        Raises the most telling ProviderError where none does.
        """
        while self._ways:
            if call := await self._try(self._ways.popleft()):
                return call
        if call := await self._once_more():
            return call
        raise self._told()

    async def _try(self, way: Way) -> Call | None:
        """Ask it; None where the next one is to be asked."""
        begun = await self._open(way)
        if begun is None:
            return None
        if settings.CHAT_HEDGE:
            return await self._race(begun)
        try:
            return await begun.begin()
        except ProviderError as error:
            self._failed(way, error)
            return None

    async def _open(self, way: Way, *, hedged: bool = False) -> Call | None:
        """A call that may begin, unless its circuit is open."""
        try:
            permit = await self._breakers.ask(str(way.model))
        except ProviderError as error:
            passed_over = Try(way.model)
            passed_over.fail(error)
            self._tries.append(passed_over)
            self._failures.append((way, error))
            return None
        try:
            await self._prepare(way)
            self._shown = way.prefix
            call = Call(way, self._build(way), permit, self._breakers, hedged=hedged)
        except BaseException:
            await self._breakers.release(permit)
            raise
        self._tries.append(call.record)
        return call

    def thought_only(self, call: Call, error: ProviderError) -> None:
        """This call failed while it was thinking, before the first words.

        Raises the error where no other model is to be asked.
        """
        self._failed(call.way, error)

    def _failed(self, way: Way, error: ProviderError) -> None:
        """Note it. Raises the error where no other model is to be asked."""
        logger.info("%s: %s (%s)", way.model, error.kind, error.detail)
        self._failures.append((way, error))
        if error.kind is Kind.REJECTED and way.natively and way.prefix:
            # A server that does not go on from a beginning after all.
            self._ways.appendleft(way.told(self._beginning))
        elif not RULES[error.kind].asks_another:
            raise error

    # -- a second one beside a slow one ---------------------------------------------------

    async def _race(self, first: Call) -> Call | None:
        running = {asyncio.create_task(first.begin(), name=f"ask {first.model}"): first}
        reason = Kind.STOPPED
        try:
            slow_after = await self._pace.slow_after(str(first.model))
            if slow_after is not None:
                await asyncio.wait(running, timeout=slow_after)
                if not any(task.done() for task in running) and (second := await self._second()):
                    task = asyncio.create_task(second.begin(), name=f"ask {second.model}")
                    running[task] = second
            spoken = await self._first_to_speak(running)
            reason = Kind.LOST
            return spoken
        finally:
            for task, call in running.items():
                self._beside(self._leave(task, call, reason), f"leave {call.model}")

    async def _second(self) -> Call | None:
        """The next model's call, if it begins where the first one does."""
        if not self._ways or self._ways[0].prefix != self._shown:
            return None
        return await self._open(self._ways.popleft(), hedged=True)

    async def _first_to_speak(self, running: "dict[asyncio.Task[Call], Call]") -> Call | None:
        """Take what has spoken, and what has failed, out of ``running``."""
        while running:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                call = running.pop(task)
                try:
                    spoken = task.result()
                except ProviderError as error:
                    self._failed(call.way, error)
                else:
                    self._beside(self._note_pace(call), "pace")
                    return spoken
        return None

    def _beside(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._leaving.add(asyncio.create_task(work, name=name))

    async def _leave(self, task: "asyncio.Task[Call]", call: Call, reason: Kind) -> None:
        task.cancel()
        await asyncio.wait({task})
        if task.cancelled():
            call.record.kind = reason
        elif task.exception() is None:
            # It spoke in the same moment.
            await call.give_up(reason)
        await self._note_pace(call)

    async def _note_pace(self, call: Call) -> None:
        """Also of one that was given up: it would have taken longer, and is not fast."""
        began, spoke = call.record.began_at, call.record.heard_at or call.record.ended_at
        if began is not None and spoke is not None:
            await self._pace.note(str(call.model), (spoke - began).total_seconds())

    # -- nobody has answered --------------------------------------------------------------

    async def _once_more(self) -> Call | None:
        """Wait for the one that is back first, if that is soon; None where it is not."""
        waits = [
            (error.retry_after, index)
            for index, (_, error) in enumerate(self._failures)
            if error.retryable and error.retry_after is not None
        ]
        patience = min(WAIT_SECONDS, settings.CHAT_FIRST_TOKEN_TIMEOUT_SECONDS)
        if not waits or min(waits)[0] > patience:
            return None
        seconds, index = min(waits)
        way = self._failures[index][0]
        if way.prefix != self._shown:
            way = replace(way, prefix=self._beginning)
        clock = asyncio.get_running_loop().time
        deadline = clock() + patience
        await asyncio.sleep(seconds)
        while True:
            known = len(self._tries), len(self._failures)
            if call := await self._try(way):
                return call
            last = self._failures[-1][1]
            if last.kind is not Kind.OPEN or clock() > deadline:
                return None
            # Somebody else is trying it: how that ends is worth waiting for, not writing down.
            del self._tries[known[0] :], self._failures[known[1] :]
            await asyncio.sleep(LOOK_AGAIN_SECONDS * random.uniform(0.5, 1.5))

    def _most_telling(self) -> tuple[Way, ProviderError]:
        """The first that may pass, of those that were asked; else the first of all."""
        asked = [one for one in self._failures if one[1].kind is not Kind.OPEN]
        for failures in (asked, self._failures):
            for one in failures:
                if one[1].retryable and one[1].kind not in faults.LASTING:
                    return one
        return self._failures[0]

    def _told(self) -> ProviderError:
        error = self._most_telling()[1]
        waits = [one.retry_after for _, one in self._failures if one.retry_after is not None]
        error.retry_after = min(waits) if waits and error.retryable else None
        return error
