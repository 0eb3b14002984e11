"""Whose page a socket belongs to."""

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from streaming.doors.whose import OfItsPage

PERSON = uuid.uuid4()


async def asked(query: str, *, is_authenticated: bool = True) -> tuple[bool, list[dict[str, Any]]]:
    """Whether the socket was let in, and what it was told if not."""
    came: list[Any] = []
    told: list[dict[str, Any]] = []

    async def inside(scope: Any, receive: Any, send: Any) -> None:
        came.append(scope)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    user = SimpleNamespace(id=PERSON, is_authenticated=is_authenticated)
    scope = {"type": "websocket", "user": user, "query_string": query.encode()}
    await OfItsPage(inside)(scope, receive, send)
    return bool(came), told


@pytest.mark.parametrize("query", ["", "protocol=pam", f"person={PERSON}", "person="])
async def test_whoever_names_nobody_or_the_right_one_is_let_in(query: str) -> None:
    assert await asked(query) == (True, [])


@pytest.mark.parametrize("named", [str(uuid.uuid4()), "%00", "x"])
async def test_a_page_of_somebody_else_is_told_that_its_session_has_ended(named: str) -> None:
    closed = {"type": "websocket.close", "code": 4003}
    assert await asked(f"person={named}") == (False, [{"type": "websocket.accept"}, closed])


async def test_who_is_not_signed_in_is_refused_as_always() -> None:
    assert await asked(f"person={uuid.uuid4()}", is_authenticated=False) == (True, [])
