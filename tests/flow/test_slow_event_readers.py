"""Readers of event streams that do not read cost little, and get everything when they read."""

import asyncio
import json
from collections.abc import Callable

import psutil
import pytest

from tests.flow.api import Program
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.flow.test_slow_readers import MEGABYTE, all_saved
from tests.provider.asking import plan
from tests.provider.text import text_for

REPLIES = 20
UNREAD_BYTES = 4096


@pytest.mark.timeout(300)
async def test_an_event_stream_that_is_not_read_is_bounded(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    person, web = Person(stack, "slow"), stack.webs[0]
    program = Program(person)
    process = psutil.Process(web.running.process.pid)
    program.post("chat", message=plan(tokens=2000))
    before = process.memory_info().rss
    messages = [plan(tokens=90_000) for _ in range(REPLIES)]
    slow = [await begun(web.port, program, message) for message in messages]
    await asyncio.to_thread(all_saved, stack, REPLIES + 1)
    sent = sum(len(text_for(message).encode()) for message in messages)
    grown = process.memory_info().rss - before
    assert sent > 10 * MEGABYTE
    # Some hundred kilobytes per stream; without a bound it is more than twice what was sent.
    assert grown < sent, f"{grown / MEGABYTE:.1f} MB for {sent / MEGABYTE:.1f} MB unread"
    texts = await asyncio.gather(*(read(reader) for reader, _ in slow))
    assert texts == [text_for(message) for message in messages]
    for _, writer in slow:
        writer.close()


async def begun(
    port: int, program: Program, message: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream of which nothing is read beyond a few kilobytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=UNREAD_BYTES)
    body = json.dumps({"message": message}).encode()
    fields = {
        **program.headers,
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
    lines = ["POST /api/v1/chat/stream HTTP/1.0", *(f"{k}: {v}" for k, v in fields.items())]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()
    return reader, writer


async def read(reader: asyncio.StreamReader) -> str:
    """The text of a whole stream."""
    said = b""
    async with asyncio.timeout(120):
        while piece := await reader.read(65536):
            said += piece
    lines = [line for line in said.split(b"\n") if line.startswith(b"data: ")]
    events = [json.loads(line.removeprefix(b"data: ")) for line in lines]
    assert events[-1]["type"] == "complete"
    return "".join(event["content"] for event in events if event["type"] == "token")
