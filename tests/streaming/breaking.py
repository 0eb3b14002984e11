"""Calls to a model through circuit breakers."""

import asyncio
from collections.abc import Callable

from streaming.breakers import Breakers, Permit
from streaming.errors import ProviderError, ProviderUnavailable
from streaming.failures import Kind

FAILURE = ProviderUnavailable()


async def fail(breakers: Breakers, model: str, error: ProviderError = FAILURE) -> Permit:
    """A call that fails."""
    permit = await breakers.ask(model)
    await breakers.report(permit, error)
    return permit


async def is_open(breakers: Breakers, model: str) -> float | None:
    """How long it says that it will be; None where it lets a call through."""
    try:
        await breakers.ask(model)
    except ProviderError as error:
        return error.retry_after if error.kind is Kind.OPEN else None
    return None


async def until(condition: Callable[[], bool]) -> None:
    """Wait for Redis' own clock."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
