"""A client of the first generation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.flow.people import Frame, Person, Socket
from tests.flow.stack import Web


@asynccontextmanager
async def pam(person: Person, web: Web | None = None) -> AsyncIterator[Socket]:
    """Its socket to that web process."""
    async with person.socket(web, subprotocols=["pam"]) as socket:
        assert socket.connection.subprotocol == "pam"
        yield socket


async def say(socket: Socket, message: str, **more: Any) -> None:
    await socket.send(type="chat", message=message, **more)


async def closing(socket: Socket) -> Frame:
    """The frame that ends an answer."""
    ends = ("chat_response_complete", "chat_response", "error")
    return await socket.until(lambda frame: frame["type"] in ends)
