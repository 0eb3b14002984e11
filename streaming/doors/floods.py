"""Around the whole application: who comes too often is refused before anything is done for them.

No session is read and nothing is asked of the database; who was refused is refused again without
Redis (doors/admission.py). This is also where the address of whoever is behind a proxy is found,
once, for all that comes after. Static files, health checks and metrics are not counted: balancers
ask for them, and a page has some ninety files.
"""

import math
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from django.conf import settings
from django.utils import translation

from streaming.addresses import client_of, counted
from streaming.doors.admission import count
from streaming.doors.languages import language_of
from streaming.errors import MessageTooLong, RateLimited, Refused
from streaming.intake import limits

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

NOT_COUNTED = ("/healthz", "/readyz", "/metrics")
HANDSHAKE_EXTENSION = "websocket.http.response"
TYPES = {"rate_limited": "rate_limit_error", "message_too_long": "request_too_large"}


class BodyTooLong(Exception):
    """More than CHAT_BODY_MAX_BYTES has come."""


class Floods:
    """ASGI middleware."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._application(scope, receive, send)
            return
        scope = scope | {"client": client_of(scope)}
        try:
            await self._count(scope)
        except RateLimited as refused:
            await refuse(scope, send, refused, 429)
            return
        if scope["type"] == "websocket":
            await self._application(scope, receive, send)
        else:
            await self._bounded(scope, receive, send)

    async def _count(self, scope: Scope) -> None:
        path = scope["path"]
        if path in NOT_COUNTED or path.startswith(f"/{settings.STATIC_URL.lstrip('/')}"):
            return
        client = scope["client"]
        await count(limits.requests(address=counted(client[0]) if client else ""))

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
                await refuse(scope, send, MessageTooLong(), 413)


def announced(scope: Scope) -> int:
    """The body's length as its head says it; 0 where it does not."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() else 0


async def refuse(scope: Scope, send: Any, refused: Refused, status: int) -> None:
    """Answer a request, or refuse a handshake, where the server can with that status.

    Other servers refuse every handshake with 403.
    """
    kind = "http.response"
    if scope["type"] == "websocket":
        if HANDSHAKE_EXTENSION not in scope.get("extensions", {}):
            await send({"type": "websocket.close"})
            return
        kind = HANDSHAKE_EXTENSION
    content_type, body = told(scope, refused)
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if refused.retry_after is not None:
        headers.append((b"retry-after", str(max(1, math.ceil(refused.retry_after))).encode()))
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": body})


def told(scope: Scope, refused: Refused) -> tuple[bytes, bytes]:
    """Content type and body, in the shape that whoever asks at this address understands."""
    path: str = scope["path"]
    with translation.override(language_of(scope)):
        sentence = refused.told()
    if not path.startswith(("/api/", "/v1/")):
        return b"text/plain; charset=utf-8", f"{sentence}\n".encode()
    error: dict[str, Any] = {"code": refused.code, "message": sentence}
    whole: dict[str, Any] = {"error": error}
    if path.startswith("/v1/messages"):
        whole = {"type": "error", "error": {"type": TYPES[refused.code], "message": sentence}}
    elif path.startswith("/v1/"):
        error |= {"type": TYPES[refused.code], "param": None}
    return b"application/json", orjson.dumps(whole)
