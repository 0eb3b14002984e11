"""Requests of one address are begun a few at a time.

Python runs one thread at a time: while sixteen pages are made at once, every token waits for
sixteen threads, each of which keeps the interpreter for some milliseconds. One address' requests
wait for each other instead; all of them together take no longer.
"""

import asyncio
import weakref

TURNS = 2
# Whoever waits for something else than the processor lets others begin.
TURN_SECONDS = 0.25


class Turn:
    """Somebody's, until the answer begins, or for TURN_SECONDS."""

    def __init__(self, gate: asyncio.Semaphore) -> None:
        self._gate: asyncio.Semaphore | None = gate
        self._timer = asyncio.get_running_loop().call_later(TURN_SECONDS, self.end)

    def end(self) -> None:
        """The next one may begin; again does nothing."""
        self._timer.cancel()
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.release()


class Turns:
    """Those of one process."""

    def __init__(self) -> None:
        # Kept by those who wait or whose turn it is.
        self._gates: weakref.WeakValueDictionary[str, asyncio.Semaphore]
        self._gates = weakref.WeakValueDictionary()

    async def take(self, address: str) -> Turn:
        """Wait for one; how many may wait, the address' rate says."""
        gate = self._gates.setdefault(address, asyncio.Semaphore(TURNS))
        await gate.acquire()
        return Turn(gate)
