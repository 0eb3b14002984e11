"""Insisting on what must not be given up at the first trouble with Redis or the database."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError

Result = TypeVar("Result")

# What passes by itself; any other error of the database would be the same again.
AWAY = (OperationalError, InterfaceError)
DELAYS_SECONDS = (0.1, 0.3, 1.0, 3.0, 5.0, 10.0, 10.0, 10.0)

logger = logging.getLogger("rivulet.retry")


async def insist(
    operation: Callable[[], Awaitable[Result]], on: tuple[type[Exception], ...]
) -> Result:
    """Repeat ``operation`` while it fails with one of ``on``, for about 40 seconds.

    The last failure is raised. Only the error's type is logged: its text may hold a person's.
    """
    for delay in DELAYS_SECONDS:
        try:
            return await operation()
        except on as error:
            logger.warning("trying again in %s s: %s", delay, type(error).__name__)
            await asyncio.sleep(delay)
    return await operation()


def describe(error: BaseException) -> str:
    """An error's type and place, without its own text: it may hold what a person wrote."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{type(error).__name__}\n{frames}"
