"""What runs beside the replies goes on, whatever happens to it once."""

import asyncio
from typing import Any

import pytest
from django.db import InterfaceError

from streaming.doors import sockets as doors
from streaming.doors.sockets import Sockets
from streaming.generation import purge
from streaming.generation.orphans import Orphans
from streaming.generation.purge import Purge


class Fails:
    """Raises at the first call; ``again`` is set at the second."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.again = asyncio.Event()

    async def __call__(self, *_: Any) -> bool:
        if self.error is None:
            self.again.set()
            return False
        error, self.error = self.error, None
        raise error


@pytest.mark.parametrize("error", [InterfaceError("gone"), LookupError("deleted meanwhile")])
@pytest.mark.parametrize("kind", [Orphans, Purge])
async def test_a_workers_own_task_tries_again(
    kind: type[Orphans] | type[Purge],
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
) -> None:
    settings.WORKER_LEASE_SECONDS = 0.01
    monkeypatch.setattr(purge, "EVERY_SECONDS", 0.01)
    turn = Fails(error)
    monkeypatch.setattr(kind, "_is_my_turn", turn)
    background = Purge() if kind is Purge else Orphans(docket=None)  # type: ignore[arg-type]
    async with background, asyncio.timeout(5):
        await turn.again.wait()


async def test_sessions_are_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "CHECK_SECONDS", 0.01)
    look = Fails(InterfaceError("gone"))
    sockets = Sockets()
    monkeypatch.setattr(sockets, "_sign_out_ended", look)
    socket: Any = type("Socket", (), {"following": None})()
    sockets.add(socket)
    async with asyncio.timeout(5):
        await look.again.wait()
    sockets.open.clear()
