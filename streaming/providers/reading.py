"""One open request to a provider: reads its events and closes its connection."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any, Protocol

import orjson

from streaming.errors import ProviderError
from streaming.providers import faults
from streaming.providers.base import Event, Finish, Text, Thought
from streaming.providers.sse import Decoder, OversizedEvent

# How long a finished stream's last bytes are waited for, so that its connection can be used again.
DRAIN_SECONDS = 0.1

# A connection that does not close by itself (TLS) is not waited for any longer.
CLOSE_SECONDS = 0.5


class Response(Protocol):
    """What both SDKs give for a response that is read as bytes."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def iter_bytes(self) -> Any: ...

    async def close(self) -> None: ...


class Reader(Protocol):
    """Understands one vendor's events. Raises ProviderError for what it does not understand."""

    def read(self, name: bytes, data: Any) -> str | Thought:
        """The text in an event, often empty, or what the model thinks."""
        ...

    def finish(self) -> Finish | None:
        """How the answer ended; None as long as the provider has not said so."""
        ...

    @property
    def done(self) -> bool:
        """Whether nothing more will come."""
        ...


class Reading:
    """The events of one answer, as an asynchronous iterator; what one read brings is joined."""

    def __init__(self, provider: str, response: Response, reader: Reader) -> None:
        self._provider = provider
        self._response = response
        self._reader = reader
        self._decoder = Decoder()
        self._bytes: AsyncGenerator[bytes, None] = response.iter_bytes()
        self._waiting: deque[Event | ProviderError] = deque()
        self._finished = False

    def __aiter__(self) -> "Reading":
        return self

    async def __anext__(self) -> Event:
        while not self._waiting:
            if self._finished:
                raise StopAsyncIteration
            self._understand(await self._chunk())
        event = self._waiting.popleft()
        if isinstance(event, ProviderError):
            raise event
        return event

    async def _chunk(self) -> bytes | None:
        try:
            return await anext(self._bytes, None)
        except Exception as error:
            # Whatever the HTTP library raises here means that the connection is of no more use.
            if self._reader.finish() is not None:
                return None
            self._finished = True
            raise faults.from_transport(self._provider, error) from error

    def _understand(self, chunk: bytes | None) -> None:
        """Put what a chunk says into the waiting line; None is the end of the stream.

        The text that came before an error in the same chunk is not lost.
        """
        texts: list[str] = []
        thoughts: list[str] = []
        end: Event | ProviderError | None = None
        try:
            if chunk is None:
                end = self._reader.finish() or self._unfinished()
            else:
                for name, data in self._decoder.feed(chunk):
                    said = self._read(name, data)
                    if isinstance(said, Thought):
                        self._put(texts, Text)
                        thoughts.append(said.text)
                    elif said:
                        self._put(thoughts, Thought)
                        texts.append(said)
                    if self._reader.done:
                        end = self._reader.finish()
                        break
        except OversizedEvent:
            end = faults.garbled(self._provider, "an event without end")
        except ProviderError as error:
            end = error
        self._put(thoughts, Thought)
        self._put(texts, Text)
        if end is not None:
            self._finished = True
            self._waiting.append(end)

    def _put(self, pieces: list[str], kind: type[Text] | type[Thought]) -> None:
        if pieces:
            self._waiting.append(kind("".join(pieces)))
            pieces.clear()

    def _read(self, name: bytes, data: bytes) -> str | Thought:
        if data == b"[DONE]":
            return self._reader.read(name, None)
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            raise faults.garbled(self._provider, _kind_of(data)) from None
        if not isinstance(value, dict):
            raise faults.garbled(self._provider, "not an object")
        return self._reader.read(name, value)

    def _unfinished(self) -> ProviderError:
        kind = self._response.headers.get("content-type", "")
        if kind and not kind.startswith("text/event-stream"):
            return faults.garbled(self._provider, "a document instead of a stream")
        return faults.cut_off(self._provider)

    async def close(self) -> None:
        """Close the provider's connection, or give it back when the answer was read to its end.

        Never raises, except that a cancelled caller is cancelled; the connection is closed in a
        task of its own that a cancellation does not reach.
        """
        task = asyncio.create_task(self._close(), name=f"close {self._provider} stream")
        # The event loop itself holds tasks only weakly.
        _closing.add(task)
        task.add_done_callback(_closing.discard)
        await asyncio.shield(task)

    async def _close(self) -> None:
        with suppress(Exception):
            if self._reader.done and self._finished:
                async with asyncio.timeout(DRAIN_SECONDS):
                    async for _ in self._bytes:
                        pass
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._bytes.aclose()
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._response.close()


_closing: set[asyncio.Task[None]] = set()


def _kind_of(data: bytes) -> str:
    try:
        data.decode()
    except UnicodeDecodeError:
        return "not UTF-8"
    return "not JSON"
