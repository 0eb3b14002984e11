"""What belongs to an event loop: two loops cannot share a connection, a future or a task."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Thing = TypeVar("Thing")


class OfLoop(Generic[Thing]):
    """One thing for each event loop, made when it is first asked for; it goes with its loop."""

    def __init__(self, make: Callable[[], Thing]) -> None:
        self._make = make
        self._things: WeakKeyDictionary[asyncio.AbstractEventLoop, Thing] = WeakKeyDictionary()

    def __call__(self) -> Thing:
        """The running loop's own."""
        loop = asyncio.get_running_loop()
        if loop not in self._things:
            self._things[loop] = self._make()
        return self._things[loop]

    def made(self) -> Thing | None:
        """The running loop's own, if it was asked for."""
        return self._things.get(asyncio.get_running_loop())

    def give_up(self) -> Thing | None:
        """The same, for whoever closes it: the next who asks gets another."""
        return self._things.pop(asyncio.get_running_loop(), None)
