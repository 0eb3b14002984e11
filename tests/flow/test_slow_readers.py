"""A reader that does not read costs little, and gets everything when it reads again."""

import asyncio
import uuid
from collections.abc import Callable

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.flow.people import Frame, Person, Socket, assert_in_order, text_of
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

REPLIES = 20
MEGABYTE = 1024 * 1024


@pytest.mark.timeout(300)
async def test_a_reader_that_does_not_read_is_not_buffered_and_catches_up(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack()
    person = Person(stack, "slow")
    web = psutil.Process(stack.webs[0].running.process.pid)
    messages = [plan(tokens=90_000) for _ in range(REPLIES)]
    async with person.socket() as warm:
        await warm.ask(plan(tokens=2000))
    before = web.memory_info().rss
    names = {uuid.uuid4().hex: message for message in messages}
    # The client's own queue takes a few frames; then it stops reading from the network.
    async with person.socket(max_queue=2, ping_interval=None) as slow:
        for name, message in names.items():
            await slow.send(type="chat", message=message, client_id=name)
        await asyncio.to_thread(all_saved, stack, REPLIES + 1)
        sent = sum(len(text_for(message).encode()) for message in messages)
        grown = web.memory_info().rss - before
        assert sent > 10 * MEGABYTE
        # Without a bound it is more than what was sent: strings, and copies on their way.
        assert grown < sent * 0.75, f"{grown / MEGABYTE:.1f} MB for {sent / MEGABYTE:.1f} MB unread"
        frames = slow.frames
        try:
            await read_ends(slow)
        except ConnectionClosed:
            # Who reads nothing for forty seconds answers no ping, and is taken for dead: on a
            # busy machine it takes that long. It comes back like any browser.
            frames = await read_again(person, names)
    replies = {frame["message_id"] for frame in frames if frame.get("chunk_type") == "start"}
    assert len(replies) == REPLIES
    answers = set()
    for message_id in replies:
        chunks = [frame for frame in frames if frame.get("message_id") == message_id]
        assert_in_order(chunks)
        answers.add(text_of(chunks))
    assert answers == {text_for(message) for message in messages}


async def read_ends(reader: Socket) -> None:
    """Read until all replies have ended."""
    ends = sum(frame.get("chunk_type") == "end" for frame in reader.frames)
    while ends < REPLIES:
        ends += (await reader.receive()).get("chunk_type") == "end"


async def read_again(person: Person, names: dict[str, str]) -> list[Frame]:
    """Send the same messages again, which is safe, and read their replies from the start."""
    async with person.socket() as again:
        for name, message in names.items():
            await again.chat(message, client_id=name)
        await read_ends(again)
        return again.frames


def all_saved(stack: Stack, count: int) -> None:
    """Wait until that many replies are complete."""
    until(
        lambda: (
            stack.rows("SELECT count(*) FROM chat_message WHERE status = 'complete'")
            == [(2 * count,)]
        ),
        seconds=200,
    )
