"""Which frames a socket speaks: the native ones, or those of the first generation."""

from typing import Any
from urllib.parse import parse_qs

from streaming.doors.consumers import ChatConsumer
from streaming.doors.pam import SUBPROTOCOL, PamConsumer

_native = ChatConsumer.as_asgi()
_pam = PamConsumer.as_asgi()


def by_dialect(scope: Any, receive: Any, send: Any) -> Any:
    """The consumer for what the handshake asks: by the subprotocol, or by ``?protocol=``."""
    return (_pam if speaks_pam(scope) else _native)(scope, receive, send)


def speaks_pam(scope: dict[str, Any]) -> bool:
    if SUBPROTOCOL in scope.get("subprotocols", ()):
        return True
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return SUBPROTOCOL in query.get("protocol", ())
