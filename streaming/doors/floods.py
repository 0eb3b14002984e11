"""Around the whole application: who comes too often is refused before anything is done for them.

No session is read and nothing is asked of the database; who was refused is refused again without
Redis (doors/admission.py), and who is let in waits for their turn (doors/turns.py). This is also
where the address of whoever is behind a proxy is found, once, for all that comes after. Static
files, health checks and metrics are not counted: balancers ask for them, and a page has some ninety
files.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from streaming.addresses import client_of, counted
from streaming.doors.admission import count
from streaming.doors.refusals import body_too_long, response_to
from streaming.doors.turns import Turns
from streaming.errors import RateLimited, Refused
from streaming.intake import limits

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

NOT_COUNTED = ("/healthz", "/readyz", "/metrics")
PROGRAMS = ("/api/", "/v1/")
HANDSHAKE_EXTENSION = "websocket.http.response"


class BodyTooLong(Exception):
    """More than CHAT_BODY_MAX_BYTES has come."""


class Floods:
    """ASGI middleware."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._turns = Turns()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._application(scope, receive, send)
            return
        scope = scope | {"client": client_of(scope)}
        try:
            await self._count(scope)
        except RateLimited as refused:
            await refuse(scope, send, refused)
            return
        if scope["type"] == "websocket":
            await self._application(scope, receive, send)
        elif (address := _address(scope)) and _is_page(scope):
            async with self._turns.turn(address) as end_turn:
                await self._bounded(scope, receive, _until_answered(send, end_turn))
        else:
            await self._bounded(scope, receive, send)

    async def _count(self, scope: Scope) -> None:
        if _is_free(_path(scope)):
            return
        await count(limits.requests(address=_address(scope)))

    async def _bounded(self, scope: Scope, receive: Any, send: Any) -> None:
        """The application, with a body that is not read any further than it may be long."""
        came, has_begun = 0, False

        async def receive_bounded() -> Any:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > settings.CHAT_BODY_MAX_BYTES:
                raise BodyTooLong
            return message

        async def send_noted(message: Any) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            if announced(scope) > settings.CHAT_BODY_MAX_BYTES:
                raise BodyTooLong
            await self._application(scope, receive_bounded, send_noted)
        except BodyTooLong:
            if not has_begun:
                await refuse(scope, send, body_too_long())


def _path(scope: Scope) -> str:
    """As it is looked up: a path may begin with where the application does."""
    path: str = scope["path"].removeprefix(scope.get("root_path", "").rstrip("/"))
    return path


def _address(scope: Scope) -> str:
    """Empty where it is not known whose it is."""
    return counted(scope["client"][0]) if scope["client"] else ""


def _is_free(path: str) -> bool:
    return path in NOT_COUNTED or path.startswith(f"/{settings.STATIC_URL.lstrip('/')}")


def _is_page(scope: Scope) -> bool:
    """Whether a thread makes the answer, and does little else: what is posted has limits of its
    own, and a program's request may wait for a whole reply."""
    path = _path(scope)
    return scope["method"] == "GET" and not _is_free(path) and not path.startswith(PROGRAMS)


def _until_answered(send: Any, end_turn: Callable[[], None]) -> Any:
    async def send_noted(message: Any) -> None:
        if message["type"] == "http.response.start":
            # What is streamed is not made in a thread.
            end_turn()
        await send(message)

    return send_noted


def announced(scope: Scope) -> int:
    """The body's length as its head says it; 0 where it does not."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() else 0


async def refuse(scope: Scope, send: Any, refused: Refused) -> None:
    """Answer a request, or refuse a handshake, where the server can with its status.

    Other servers refuse every handshake with 403.
    """
    kind = "http.response"
    if scope["type"] == "websocket":
        if HANDSHAKE_EXTENSION not in scope.get("extensions", {}):
            await send({"type": "websocket.close"})
            return
        kind = HANDSHAKE_EXTENSION
    response = response_to(scope, refused)
    headers = [
        (name.lower().encode("latin1"), value.encode("latin1")) for name, value in response.items()
    ]
    headers.append((b"content-length", str(len(response.content)).encode()))
    await send({"type": f"{kind}.start", "status": response.status_code, "headers": headers})
    await send({"type": f"{kind}.body", "body": response.content})
