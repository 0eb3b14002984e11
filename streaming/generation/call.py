"""One request to one model, from its question to its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from django.conf import settings

from config.catalogue import Model
from streaming.breakers import Breakers, Permit
from streaming.errors import ProviderError, ProviderTimeout, ProviderUnavailable
from streaming.failures import Kind
from streaming.generation.tries import Try, size
from streaming.providers import faults
from streaming.providers.base import Event, Finish, Request, Text, Thought
from streaming.providers.registry import provider


@dataclass(frozen=True, slots=True)
class Way:
    """A model that may answer, and the beginning of the answer that it is to go on from.

    Not ``natively``: it is told in words to go on, because it does not do so by itself.
    """

    model: Model
    prefix: str = ""
    natively: bool = True

    def told(self, prefix: str) -> "Way":
        """The same for a model that turned out not to go on by itself."""
        return replace(self, prefix=prefix, natively=False)


class Call:
    """Owns the provider's stream from `begin` on, until the context is left.

    How it ended is told to the model's breaker and noted in ``record``.
    """

    def __init__(
        self, way: Way, request: Request, permit: Permit, breakers: Breakers, *, hedged: bool
    ) -> None:
        self.way = way
        self.record = Try.of(way.model, request, hedged=hedged)
        self._first: Event | None = None
        self._request = request
        self._permit = permit
        self._breakers = breakers
        self._stream = AsyncExitStack()
        self._events: AsyncIterator[Event] | None = None
        self._finish: Finish | None = None
        self._ended = False

    @property
    def model(self) -> Model:
        return self.way.model

    async def begin(self) -> Self:
        """Ask, and wait for the first words or thoughts. Raises ProviderError; then all
        is closed already.
        """
        try:
            async with asyncio.timeout(settings.CHAT_FIRST_TOKEN_TIMEOUT_SECONDS):
                await self._first_words()
            await self._breakers.spoke(self._permit)
        except TimeoutError:
            error = ProviderTimeout(detail=f"{self.model}: no token in time")
            await self._end(error)
            raise error from None
        except ProviderError as error:
            await self._end(error)
            raise
        except BaseException:
            # Cancelled while it was asked, or a bug: neither says anything about the model.
            await self.give_up(Kind.STOPPED)
            raise
        return self

    async def _first_words(self) -> None:
        model = provider(self.model.provider)
        self._events = await self._stream.enter_async_context(model.stream(self._request))
        self._first = event = await anext(self._events)
        if not isinstance(event, Finish):
            self.record.heard_at = datetime.now(UTC)
            self._note(event)
            return
        self._finish = event
        # Nothing to add to the beginning of an answer is an answer.
        if not self.way.prefix:
            raise faults.without_words(self.model.provider, event.reason)

    async def __aenter__(self) -> Self:
        return self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """The next event, the first words first. Raises ProviderError."""
        event, self._first = self._first, None
        if event is None:
            if self._events is None:
                raise StopAsyncIteration
            event = await anext(self._events)
            self._note(event)
        if isinstance(event, Text):
            self.record.said_bytes += size(event.text)
        return event

    def _note(self, event: Event) -> None:
        """Take down what is known of an event as soon as it has come."""
        if isinstance(event, Text):
            check_storable(event.text, self.model)
            if self.record.spoke_at is None:
                self.record.spoke_at = datetime.now(UTC)
        elif isinstance(event, Thought):
            self.record.thought_bytes += size(event.text)
        else:
            self._finish = event
            if self.record.spoke_at is None and not self.way.prefix:
                # It has thought, and nothing came of it.
                raise faults.without_words(self.model.provider, event.reason)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None or isinstance(error, ProviderError):
            await self._end(error)
        else:
            await self.give_up(Kind.STOPPED)

    async def give_up(self, kind: Kind) -> None:
        """Close it: nobody wants it any more, for a reason that is not its provider's."""
        if self._ended:
            return
        self._ended = True
        self.record.kind = kind
        try:
            await self._stream.aclose()
        finally:
            self.record.end(self._finish)
            await self._breakers.release(self._permit)

    async def _end(self, error: ProviderError | None) -> None:
        if self._ended:
            return
        self._ended = True
        if error is not None:
            self.record.fail(error)
        try:
            # First this: tokens that nobody reads are billed.
            await self._stream.aclose()
        finally:
            self.record.end(self._finish)
            await self._breakers.report(self._permit, error)


def check_storable(text: str, model: Model) -> None:
    """Raises ProviderUnavailable for what no database takes as text."""
    if "\x00" in text:
        raise ProviderUnavailable(detail=f"{model}: a NUL in the text", kind=Kind.GARBLED)
