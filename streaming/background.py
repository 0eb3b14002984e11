"""A part of a process that runs beside its main work."""

import asyncio
import contextlib
from typing import Self


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
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
