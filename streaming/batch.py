"""Natural batching: what gathers while the last batch was in flight is handled together.

No timer, nothing added when idle; when two hundred people press Enter at once, two batches.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

ITEMS_MAX = 256


class Batcher(Generic[Item, Result]):
    """Calls ``handle`` with many items; each caller gets its own result or exception.

    ``handle`` returns one outcome per item, in order; an exception it raises goes to all. What a
    caller gave up while it waited is handled, too.
    """

    def __init__(
        self,
        name: str,
        handle: Callable[[list[Item]], Awaitable[list[Result | Exception]]],
        *,
        items_max: int = ITEMS_MAX,
    ) -> None:
        self._name = name
        self._handle = handle
        self._items_max = items_max
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=self._name)
        return await future

    async def rest(self) -> None:
        """Wait until nothing is waiting or being handled; what a caller gave up is handled too."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        while self._waiting:
            batch = self._waiting[: self._items_max]
            del self._waiting[: self._items_max]
            try:
                outcomes = await self._handle([item for item, _ in batch])
            except Exception as error:
                outcomes = [error] * len(batch)
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                # A caller that went away has cancelled its future.
                if future.done():
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
