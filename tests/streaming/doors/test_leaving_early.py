"""Who leaves before the message was acknowledged leaves nothing that goes on."""

import asyncio
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from chat.beginnings import Beginning
from chat.options import NONE
from streaming.doors.compatible import pieces
from streaming.doors.compatible.wanted import Wanted
from streaming.errors import Busy


@pytest.mark.parametrize(
    ("is_kept", "fails", "forgotten"),
    [(False, False, True), (True, False, False), (False, True, False)],
)
async def test_what_is_accepted_after_its_reader_left_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, is_kept: bool, fails: bool, forgotten: bool
) -> None:
    conversation = SimpleNamespace(
        id=uuid.uuid4(), passes_at=None if is_kept else datetime.now(UTC)
    )
    asked, goes_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def submit(*_: Any, beginning: Beginning, **__: Any) -> Any:
        asked.set()
        await goes_on.wait()
        asyncio.get_running_loop().call_later(0, ended.set)
        if fails:
            raise Busy
        return SimpleNamespace(accepted=SimpleNamespace(conversation=conversation))

    told: list[uuid.UUID] = []
    monkeypatch.setattr(pieces, "submit", submit)
    monkeypatch.setattr(pieces, "_forget", told.append)
    key = SimpleNamespace(keeps_conversations=is_kept)
    caller: Any = SimpleNamespace(user=SimpleNamespace(id=uuid.uuid4()), key=key, sign_in=None)
    asking = asyncio.create_task(pieces.ask(Wanted("auto", "And?", (), NONE), caller, address=""))
    await asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    goes_on.set()
    async with asyncio.timeout(10):
        await ended.wait()
    await asyncio.sleep(0)
    assert told == ([conversation.id] if forgotten else [])
