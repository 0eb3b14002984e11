"""What a socket keeps of the frames that wait."""

from typing import Any
from unittest.mock import AsyncMock

import pytest

from streaming.doors.consumers import CLOSE_FLOOD, INBOX_CHARS, INBOX_FRAMES, ChatConsumer


@pytest.mark.parametrize(
    ("text", "most"), [("x", INBOX_FRAMES), ("x" * 1_000_000, INBOX_CHARS // 1_000_000)]
)
async def test_so_many_frames_wait_and_so_many_characters(
    monkeypatch: pytest.MonkeyPatch, text: str, most: int
) -> None:
    socket = ChatConsumer()
    closed: Any = AsyncMock()
    monkeypatch.setattr(socket, "close", closed)
    for _ in range(most):
        await socket.receive(text)
    closed.assert_not_awaited()
    await socket.receive(text)
    closed.assert_awaited_once_with(CLOSE_FLOOD)
    assert socket._inbox.qsize() == most
