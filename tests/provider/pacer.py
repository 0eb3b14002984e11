"""Sends tokens at a steady rate without waking a task for each of them."""

import asyncio
from collections.abc import Callable, Iterator


def chunked(data: bytes) -> bytes:
    """One chunk of a chunked HTTP body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


async def pace(
    transport: asyncio.WriteTransport,
    pieces: Iterator[bytes],
    *,
    interval: float,
    sent: Callable[[], None],
) -> None:
    """Write a piece every ``interval`` seconds, the first at once; late ones do not shift the rest.

    Ends early when the connection is closing (whoever waits for the request learns it there).
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    due = loop.time()

    timer: asyncio.Handle

    def step() -> None:
        nonlocal due, timer
        piece = None if transport.is_closing() else next(pieces, None)
        if piece is None:
            if not done.done():
                done.set_result(None)
            return
        transport.write(chunked(piece))
        sent()
        due += interval
        timer = loop.call_at(due, step)

    timer = loop.call_soon(step)
    try:
        await done
    finally:
        timer.cancel()
