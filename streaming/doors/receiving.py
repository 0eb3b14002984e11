"""Bounds while a request comes in, which Twisted lacks: how much it is, how long it takes.

Twisted reads a whole request before anybody hears of it, and Daphne's ``http_timeout`` begins
after that (and would end every stream). A connection on which nothing comes at all is closed by
Twisted after a minute.
"""

import logging
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings

# From a request's first line to its last byte.
RECEIVE_SECONDS = 30.0
# For all doors: each may take less.
BODY_BYTES_MAX: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE

logger = logging.getLogger("rivulet.web")


class BoundedRequest(WebRequest):
    """A request that is given up where it is too long, announced or not."""

    _bytes = 0

    def gotLength(self, length: int | None) -> None:
        """The length that was announced; None where the body comes in chunks."""
        super().gotLength(length)
        if length is not None and length > BODY_BYTES_MAX:
            self.give_up(413, "message_too_long", "The body is too long.")

    def handleContentChunk(self, data: bytes) -> None:
        """A piece of the body."""
        self._bytes += len(data)
        if self._bytes > BODY_BYTES_MAX:
            self.give_up(413, "message_too_long", "The body is too long.")
        else:
            super().handleContentChunk(data)

    def give_up(self, status: int, code: str, sentence: str) -> None:
        """Answer before the request is whole, and close; what still comes is not looked at."""
        channel = self.channel
        if channel is None:
            return
        body = orjson.dumps({"error": {"code": code, "message": sentence}})
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        channel.dataReceived = _ignore
        channel.transport.write(head.encode() + body)
        channel.loseConnection()
        logger.info("a request was not received: %d", status)


def _ignore(data: bytes) -> None:
    pass


def bound(factory: HTTPFactory) -> None:
    """Let this factory's connections make bounded requests; Daphne names its class in a method."""
    build = factory.buildProtocol

    def build_bounded(address: Any) -> Any:
        protocol = build(address)
        protocol.requestFactory = BoundedRequest
        return protocol

    factory.buildProtocol = build_bounded


def give_up_late(connections: Mapping[Any, Mapping[str, Any]]) -> None:
    """Close those on which half a request has been for too long."""
    before = time.time() - RECEIVE_SECONDS
    for protocol, details in list(connections.items()):
        if (
            isinstance(protocol, BoundedRequest)
            and details["connected"] < before
            and not details.keys() & {"application_instance", "disconnected"}
        ):
            protocol.give_up(408, "timeout", "The request did not come in time.")
