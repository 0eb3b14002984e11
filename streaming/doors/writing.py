"""Frames leave when they are sent, by the shortest way that there is.

Twisted has the system tell it when a socket has room, asks anew for every frame, and writes in the
event loop's next round. Channels' session middleware looks at the session for every frame, though
only an HTTP response can bring a cookie back. Together that is a third of what a frame costs.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.tcp import Connection

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[Any]]

_WAY_OUT = "way_out"


class OnTheWayIn:
    """Passes these middlewares on the way in only: what the application sends goes past them."""

    def __init__(
        self, middlewares: Callable[[Application], Application], application: Application
    ) -> None:
        self._application = application
        self._inwards = middlewares(self._inside)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> Any:
        return await self._inwards(scope | {_WAY_OUT: send}, receive, send)

    async def _inside(self, scope: Scope, receive: Any, send: Any) -> Any:
        return await self._application(scope, receive, scope[_WAY_OUT])


def write_at_once(transport: Any) -> None:
    """Have this socket, where nothing waits before it, take what is written right away.

    What it has no room for waits as it always does, and so does an error for its own moment.
    """
    if not isinstance(transport, Connection) or transport.TLS:
        return
    wait = transport.write

    def write(data: bytes) -> None:
        waiting = transport.dataBuffer or transport._tempDataLen
        if data and transport.connected and not (waiting or transport.disconnecting):
            taken = transport.writeSomeData(data)
            if isinstance(taken, int) and taken > 0:
                data = data[taken:]
        if data:
            wait(data)  # type: ignore[no-untyped-call]

    transport.write = write  # type: ignore[method-assign]
