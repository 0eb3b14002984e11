"""Bounds while a request comes in, which Twisted lacks: how much it is, how long it takes.

Twisted reads a whole request before anybody hears of it, and Daphne's ``http_timeout`` begins
after that (and would end every stream). A connection on which nothing comes at all is closed by
Twisted after a minute.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings

from streaming.doors.refusals import body_too_long, response_to
from streaming.errors import Refused, TooSlow

# From a request's first line to its last byte.
RECEIVE_SECONDS = 30.0
# For all doors: each may take less.
BODY_BYTES_MAX: int = settings.CHAT_BODY_MAX_BYTES
# Who is still sending is not cut off at once: then the system would throw the answer away.
LINGER_SECONDS = 5.0
ROOT_PATH = b"daphne-root-path"

logger = logging.getLogger("rivulet.web")


class BoundedRequest(WebRequest):
    """A request that is given up where it is too long, announced or not."""

    _bytes = 0
    _given_up = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # Twisted would read forms for itself: 4 MiB of separators take five seconds in which
        # nobody is answered, and nobody has looked yet who sends them.
        super().__init__(*arguments, **options | {"parsePOSTFormSubmission": False})

    def gotLength(self, length: int | None) -> None:
        """The length that was announced; None where the body comes in chunks."""
        super().gotLength(length)
        if length is not None and length > BODY_BYTES_MAX:
            self.give_up(body_too_long())

    def handleContentChunk(self, data: bytes) -> None:
        """A piece of the body."""
        self._bytes += len(data)
        if self._bytes > BODY_BYTES_MAX:
            self.give_up(body_too_long())
        elif not self._given_up:
            super().handleContentChunk(data)

    def process(self) -> Any:
        """Pass the whole request on, or the handshake."""
        # Daphne believes anybody who says where the application begins. All addresses on a page
        # come from that, and what a path means.
        self.requestHeaders.removeHeader(ROOT_PATH)
        return super().process()

    def give_up(self, refused: Refused) -> None:
        """Answer before the request is whole, and close; what still comes is not looked at."""
        channel = self.channel
        if channel is None or self._given_up:
            return
        self._given_up = True
        response = response_to(self._scope(channel), refused)
        response["Content-Length"] = str(len(response.content))
        response["Connection"] = "close"
        head = f"HTTP/1.1 {response.status_code} {response.reason_phrase}".encode()
        channel.dataReceived = _ignore
        channel.transport.write(
            head + b"\r\n" + response.serialize_headers() + b"\r\n\r\n" + response.content
        )
        channel.transport.loseWriteConnection()
        loop = asyncio.get_running_loop()
        loop.call_later(LINGER_SECONDS, channel.transport.abortConnection)
        logger.info("a request was not received: %d", refused.status)

    def _scope(self, channel: Any) -> dict[str, Any]:
        """As much of ASGI's as has come: Twisted tells a request its address when it is whole."""
        path = getattr(channel, "_path", b"").partition(b"?")[0].decode("latin1")
        given = self.requestHeaders.getAllRawHeaders()
        return {"path": path, "headers": [(name.lower(), values[-1]) for name, values in given]}


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
            protocol.give_up(TooSlow())
