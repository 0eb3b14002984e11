"""A way to Redis that loses group messages: what the web processes are given as REDIS_URL.

Everything passes unchanged, but on connections that subscribe, pub/sub messages are swallowed
for as long as it was told to. It runs in a thread with an event loop of its own.
"""

import asyncio
import contextlib
import threading
from typing import Self

import msgpack

SUBSCRIBE = b"$9\r\nSUBSCRIBE\r\n"
MESSAGE = b"*3\r\n$7\r\nmessage\r\n"
READ_BYTES = 256 * 1024


class RedisProxy:
    """Forwards a free port of loopback to Redis, while the context is entered."""

    def __init__(self, redis_port: int) -> None:
        self._redis_port = redis_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="redis proxy")
        # So many messages are yet to be lost; written by whoever wants a fault.
        self.to_drop = 0
        # Chunks that were on their way to a web process: (message id, seq).
        self.dropped: list[tuple[str, int]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        opening = asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(10)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"redis://127.0.0.1:{port}/0"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        connections = asyncio.all_tasks() - {asyncio.current_task()}
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        subscribed = asyncio.Event()
        try:
            redis_reader, redis_writer = await asyncio.open_connection(
                "127.0.0.1", self._redis_port
            )
        except OSError:
            writer.close()
            return
        ways = [
            asyncio.create_task(self._commands(reader, redis_writer, subscribed)),
            asyncio.create_task(self._answers(redis_reader, writer, subscribed)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, redis_writer):
                end.close()

    async def _commands(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        subscribed: asyncio.Event,
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(READ_BYTES):
                if SUBSCRIBE in data:
                    subscribed.set()
                writer.write(data)
                await writer.drain()

    async def _answers(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        subscribed: asyncio.Event,
    ) -> None:
        unread = b""
        with contextlib.suppress(OSError):
            while data := await reader.read(READ_BYTES):
                if subscribed.is_set():
                    data, unread = self._kept(unread + data)
                writer.write(data)
                await writer.drain()

    def _kept(self, data: bytes) -> tuple[bytes, bytes]:
        """What is passed on of the whole answers in ``data``, and the rest."""
        kept, start = [], 0
        while (stop := end_of(data, start)) is not None:
            if not self._is_lost(answer := data[start:stop]):
                kept.append(answer)
            start = stop
        return b"".join(kept), data[start:]

    def _is_lost(self, answer: bytes) -> bool:
        if self.to_drop <= 0 or not answer.startswith(MESSAGE):
            return False
        _, _, _, _, channel, _, content = answer.split(b"\r\n", 6)
        if b"__group__" not in channel:
            return False
        self.to_drop -= 1
        entry = msgpack.unpackb(content[:-2])
        self.dropped.append((entry["message_id"], entry["seq"]))
        return True


def end_of(data: bytes, start: int) -> int | None:
    """Where the RESP2 value that begins at ``start`` ends; None when it is not all there."""
    line = data.find(b"\r\n", start)
    if line < 0:
        return None
    kind, after = data[start : start + 1], line + 2
    if kind in (b"+", b"-", b":"):
        return after
    count = int(data[start + 1 : line])
    if kind == b"$":
        after += count + 2 if count >= 0 else 0
        return after if after <= len(data) else None
    for _ in range(count):
        item = end_of(data, after)
        if item is None:
            return None
        after = item
    return after
