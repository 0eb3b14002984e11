"""Frames on their way out."""

from typing import Any
from unittest.mock import Mock

from twisted.internet.abstract import FileDescriptor
from twisted.internet.address import IPv4Address
from twisted.internet.protocol import Protocol
from twisted.internet.tcp import Connection

from streaming.doors.writing import OnTheWayIn, write_at_once


async def test_what_is_sent_goes_past_the_middlewares_that_were_passed_on_the_way_in() -> None:
    sent: list[str] = []

    async def out(message: str) -> None:
        sent.append(message)

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send(f"hello, {scope['who']}")

    def middleware(inside: Any) -> Any:
        async def middle(scope: dict[str, Any], receive: Any, send: Any) -> None:
            async def changed(message: str) -> None:
                await send(message.upper())

            await inside(scope | {"who": "somebody"}, receive, changed)

        return middle

    await OnTheWayIn(middleware, application)({}, None, out)
    assert sent == ["hello, somebody"]


class Narrow(Connection):
    """A connection whose system takes so many bytes at a time, and fails when it is told to."""

    def __init__(self, room: int) -> None:
        FileDescriptor.__init__(self, reactor=Mock())
        self.room = room
        self.fails = False
        self.asked_for_room = 0
        self.sent = bytearray()
        self.protocol = Protocol()  # type: ignore[assignment]
        self.connected = True

    def writeSomeData(self, data: Any) -> Any:
        if self.fails:
            return ConnectionResetError()
        taken = bytes(data)[: self.room]
        self.sent += taken
        self.room -= len(taken)
        return len(taken)

    def startWriting(self) -> None:
        self.asked_for_room += 1

    def stopWriting(self) -> None:
        return

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", "127.0.0.1", 1)


def test_a_frame_is_written_at_once_and_what_has_no_room_in_its_turn() -> None:
    transport: Any = Narrow(room=8)
    write_at_once(transport)
    transport.write(b"first ")
    assert transport.asked_for_room == 0
    transport.write(b"second ")
    transport.write(b"third")
    assert bytes(transport.sent) == b"first se"
    assert transport.asked_for_room
    transport.room = 100
    transport.doWrite()
    transport.write(b" fourth")
    assert bytes(transport.sent) == b"first second third fourth"


def test_an_error_is_left_to_the_reactor_and_the_end_is_not_written_past() -> None:
    transport: Any = Narrow(room=100)
    write_at_once(transport)
    transport.fails = True
    transport.write(b"lost")
    assert transport.asked_for_room == 1
    assert not transport.sent
    gone: Any = Narrow(room=100)
    write_at_once(gone)
    gone.connected = False
    gone.write(b"nobody hears it")
    assert not gone.sent


def test_other_transports_are_left_as_they_are() -> None:
    transport = object()
    write_at_once(transport)
    assert not hasattr(transport, "write")
