"""The few threads in which all requests of a process ask the database.

Django makes a thread for each request, and with it a connection to the database: a thousand that
come in one moment leave two hundred megabytes behind, and each pays for both. One interpreter runs
them all: more threads than these are not faster.
"""

from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.db import close_old_connections

# With those of sockets, of accepting and of deleting as many as a process has connections
# (config/settings.py).
AT_ONCE = 5
# A process whose threads are all busy lives; and how it is must be found out in time.
PROBES = ("/healthz", "/readyz")

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class Threads(ThreadPoolExecutor):
    """For calls that ask the database.

    Each call finds a connection that holds, and keeps none that is to be given back.
    """

    def submit(self, call: Callable[..., Any], /, *values: Any, **named: Any) -> "Future[Any]":
        return super().submit(_asking, call, *values, **named)


def _asking(call: Callable[..., Any], *values: Any, **named: Any) -> Any:
    close_old_connections()
    try:
        return call(*values, **named)
    finally:
        close_old_connections()


# Never left: what was begun for a request and goes on after it has its threads, too.
shared = ThreadSensitiveContext()
SyncToAsync.context_to_thread_executor[shared] = Threads(AT_ONCE, "requests")


def with_few_threads(application: Application) -> Application:
    """ASGI middleware around Django's application, which then makes no threads of its own."""

    async def run(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] not in PROBES:
            SyncToAsync.thread_sensitive_context.set(shared)
        await application(scope, receive, send)

    return run
