"""Few pages of one address are made at the same time.

Each is made in a thread of its own, and threads share one interpreter with everybody's tokens: two
at a time are as fast as twenty, and hold up nobody. Who asks for more waits a moment, in order.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

AT_ONCE = 2


class Turns:
    """The turns of one event loop's callers, by who they are."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._callers: dict[str, _Caller] = {}

    @contextlib.asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[Callable[[], None]]:
        """Wait for one's turn; what this gives ends it before the context does."""
        caller = self._callers.setdefault(who, _Caller(self._at_once))
        caller.asking += 1
        try:
            await caller.places.acquire()
            # To end it twice changes nothing.
            with contextlib.ExitStack() as ending:
                ending.callback(caller.places.release)
                yield ending.close
        finally:
            caller.asking -= 1
            if not caller.asking:
                del self._callers[who]


class _Caller:
    """Somebody who asks now."""

    def __init__(self, at_once: int) -> None:
        self.places = asyncio.Semaphore(at_once)
        self.asking = 0
