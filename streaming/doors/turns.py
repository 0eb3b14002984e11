"""Few pages of one address are made at the same time.

Each is made in one of the threads for requests (doors/threads.py), which share one interpreter with
everybody's tokens: two at a time are hardly slower than all of them. Who asks for more waits, in
order, but not for long: something else may be what is slow.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

AT_ONCE = 2
WAIT_SECONDS = 1.0


class Turns:
    """The turns of one event loop's callers, by who they are."""

    def __init__(self) -> None:
        self._callers: dict[str, _Caller] = {}

    @contextlib.asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[Callable[[], None]]:
        """Wait for one's turn; what this gives ends it before the context does."""
        caller = self._callers.setdefault(who, _Caller())
        caller.asking += 1
        try:
            # To end it twice changes nothing.
            with contextlib.ExitStack() as ending:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(WAIT_SECONDS):
                        await caller.places.acquire()
                    ending.callback(caller.places.release)
                yield ending.close
        finally:
            caller.asking -= 1
            if not caller.asking:
                del self._callers[who]


class _Caller:
    """Somebody who asks now."""

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(AT_ONCE)
        self.asking = 0
