"""A part of a process that runs beside its main work."""

import asyncio
from collections.abc import Iterable
from typing import Any, Self

CANCEL_AGAIN_SECONDS = 0.5


class Background:
    """Owns one task, from `async with` to its end; ``task`` may be watched for an early one."""

    task: asyncio.Task[None]

    async def run(self) -> None:
        """What the task does, until it is cancelled."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.run(), name=type(self).__name__.lower())
        return self

    async def __aexit__(self, *_: object) -> None:
        await end_all([self.task])
        if not self.task.cancelled():
            # One that failed by itself says so.
            self.task.result()


async def end_all(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel these tasks until all have ended; what they raise stays with them.

    Once is not enough: Python 3.11's `wait_for`, which is around every Redis command, loses a
    cancellation that comes in the moment of its answer.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_SECONDS)
