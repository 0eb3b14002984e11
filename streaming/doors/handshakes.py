"""Refusing a WebSocket's handshake with a whole HTTP answer, which Daphne cannot do by itself.

The ASGI extension `websocket.http.response`; without it every refusal is a bare 403.
"""

from http import HTTPStatus
from typing import Any


def refuse_handshake(server: Any, protocol: Any, message: dict[str, Any]) -> None:
    """Pass the application's message on: the head is kept until its body comes."""
    details = server.connections.get(protocol)
    if details is None or "disconnected" in details or not hasattr(protocol, "handshake_deferred"):
        return
    if message["type"].endswith(".start"):
        details["refusal"] = message
        return
    start = details.pop("refusal")
    headers = [(name.decode("latin1"), value.decode("latin1")) for name, value in start["headers"]]
    headers.append(("Connection", "close"))
    # Not answered: that would be another refusal.
    del protocol.handshake_deferred
    protocol.sendHttpErrorResponse(start["status"], HTTPStatus(start["status"]).phrase, headers)
    protocol.sendData(message.get("body", b""))
    # A flood's refusals are no lines in the log.
    protocol.wasClean = True
    protocol.dropConnection(abort=False)
    server.protocol_disconnected(protocol)
