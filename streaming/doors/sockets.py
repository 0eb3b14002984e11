"""The sockets of this process, and whether it is going away."""

from typing import Protocol


class Socket(Protocol):
    async def drain(self) -> None: ...


class Sockets:
    """What the server and the doors share: one per process."""

    def __init__(self) -> None:
        self.open: set[Socket] = set()
        # Once true, stays true: `/readyz` says so, and no new socket is accepted.
        self.draining = False


sockets = Sockets()
