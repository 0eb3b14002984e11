"""A response is not written further than its reader has read."""

import asyncio
from typing import Any

from daphne.http_protocol import HTTPFactory
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport

from streaming.doors.server import Server


class Application:
    """Streams numbered lines until it is told to end."""

    def __init__(self) -> None:
        self.sent = 0
        self.ended = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not self.ended:
            await send({"type": "http.response.body", "body": b"line\n", "more_body": True})
            self.sent += 1
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_response_waits_while_its_reader_does_not_read() -> None:
    application = Application()
    server = Server(application, endpoints=["tcp:0"])
    server.connections = {}
    connection = HTTPFactory(server).buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
    transport: Any = StringTransport()  # type: ignore[no-untyped-call]
    connection.makeConnection(transport)
    for _request in range(2):
        # One connection, two requests: each has a gate of its own.
        application.ended = False
        connection.dataReceived(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        await turns()
        # What a transport does when its buffer is full.
        transport.producer.pauseProducing()
        await turns()
        waiting = application.sent
        await turns()
        assert application.sent == waiting
        transport.producer.resumeProducing()
        await turns()
        assert application.sent > waiting
        application.ended = True
        await turns()
        assert transport.value().endswith(b"0\r\n\r\n")
        transport.clear()
    await asyncio.gather(*server._running())
