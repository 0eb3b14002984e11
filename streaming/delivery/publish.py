"""From the turn to Redis: chunks of all replies of a process leave together in one pipeline.

The provider's loop never waits here. A first token leaves at once; later ones are joined for a
short window, but only where the model is faster than a person sees. What gathers while a
pipeline is in flight goes with the next one.
"""

import asyncio
import contextlib
import logging
import secrets
import uuid
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from redis.exceptions import RedisError

from streaming import redis as keys
from streaming.background import Background
from streaming.chunks import CLOSING, Chunk, ChunkType
from streaming.delivery.log import Append, Appended, Superseded, address, append, prepare

# A model slower than this is passed on token by token: joining would only add its length.
FAST_GAP_SECONDS = 0.030
JOIN_SECONDS = 0.025
# Between two pipelines of a busy process, per reply that is being made and at most: more
# chunks in each pipeline, and in each read of the web processes. One reply waits for nothing.
PAUSE_PER_REPLY_SECONDS = 0.0005
PAUSE_SECONDS_MAX = 0.020
# A chunk's longest text: what a very fast model's tokens are joined to.
CHUNK_CHARS_MAX = 4_000
# A reply may run ahead of Redis by this much before its provider is made to wait.
UNSENT_CHARS_MAX = 1_000_000
RETRY_SECONDS = 0.2
# Until a closing chunk is given up: the database has the reply by then.
CLOSE_TIMEOUT_SECONDS = 30

logger = logging.getLogger("rivulet.publish")


class ReplyWriter:
    """One reply's way out, from one attempt to make it.

    ``speaks`` tells who writes what follows: the next token says it, for whoever takes over.
    ``on_interrupt`` is called once when this attempt must end early: with True when the person
    asked to stop, with False when another worker has the reply.
    """

    def __init__(
        self,
        publisher: "Publisher",
        message_id: uuid.UUID,
        conversation_id: uuid.UUID,
        next_seq: int,
        on_interrupt: Callable[[bool], None],
    ) -> None:
        self._publisher = publisher
        self._message_id = message_id
        self._conversation_id = conversation_id
        self._next_seq = next_seq
        self._speaker: Mapping[str, str] = {}
        self._on_interrupt = on_interrupt
        self._mark = secrets.token_hex(4)
        self._to = address(message_id, conversation_id)
        # What waits to be joined: all of it is one or the other.
        self._texts: list[str] = []
        self._thinks = False
        self._unsent_chars = 0
        self._appends: deque[Append] = deque()
        self._first = True
        self._last_token_at = 0.0
        self._gap = 1.0
        self.due_at = 0.0
        self.refused = False
        self._empty = asyncio.Event()
        self._empty.set()

    def speaks(self, provider: str, model: str) -> None:
        """Say with the next token who writes from there on."""
        self._join()
        self._speaker = {"provider": provider, "model": model}

    def token(self, text: str) -> None:
        """Pass on a piece of the answer; never waits."""
        self._pass_on(text, thinks=False)

    def thought(self, text: str) -> None:
        """Pass on a piece of what the model thinks; never waits."""
        self._pass_on(text, thinks=True)

    def _pass_on(self, text: str, *, thinks: bool) -> None:
        if self.refused:
            return
        if thinks is not self._thinks:
            self._join()
            self._thinks = thinks
            # The first words of the answer leave at once, however long it was thought about.
            self._first = True
        now = self._publisher.now()
        self._gap += 0.2 * (min(now - self._last_token_at, 1.0) - self._gap)
        self._last_token_at = now
        if not self._texts:
            window = JOIN_SECONDS if self._gap < FAST_GAP_SECONDS and not self._first else 0.0
            self.due_at = now + window
            self._first = False
        self._texts.append(text)
        self._unsent_chars += len(text)
        self._empty.clear()
        self._publisher.mark(self)

    @property
    def is_ahead(self) -> bool:
        """Whether the provider must wait for Redis (`drained`)."""
        return self._unsent_chars > UNSENT_CHARS_MAX

    async def drained(self) -> None:
        """Wait until all that was passed on is in the log. Raises Superseded."""
        await self._empty.wait()
        if self.refused:
            raise Superseded

    async def send(self, kind: ChunkType, content: str, metadata: Mapping[str, Any]) -> None:
        """Append a chunk other than a token after all that came before it. Raises Superseded,
        and TimeoutError when Redis is away for too long."""
        if self.refused:
            raise Superseded
        self._join()
        self._encode(kind, content, metadata)
        self.due_at = 0.0
        self._empty.clear()
        self._publisher.mark(self)
        async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
            await self.drained()
        if kind in CLOSING:
            self._publisher.release(self)

    def _join(self) -> None:
        if self._texts:
            content = "".join(self._texts)
            self._texts.clear()
            for start in range(0, len(content), CHUNK_CHARS_MAX):
                piece = content[start : start + CHUNK_CHARS_MAX]
                if self._thinks:
                    self._encode("metadata", "", {"thinking": piece})
                else:
                    self._encode("token", piece, self._speaker)
                    self._speaker = {}

    def _encode(self, kind: ChunkType, content: str, metadata: Mapping[str, Any]) -> None:
        chunk = Chunk(
            self._message_id, self._conversation_id, self._next_seq, kind, content, metadata
        )
        self._next_seq += 1
        self._appends.append(prepare(chunk, writer=self._mark, to=self._to))

    def take(self) -> tuple[Append, ...]:
        """What must be sent now; stays here until `settle` says that it arrived."""
        self._join()
        return tuple(self._appends)

    def settle(self, results: list[Appended]) -> None:
        """Note what became of the oldest appends."""
        if Appended.REFUSED in results:
            self.abandon()
            self._on_interrupt(False)
            return
        for _ in results:
            self._appends.popleft()
        if not self._appends:
            self._unsent_chars = sum(map(len, self._texts))
            if not self._texts:
                self._empty.set()
        if Appended.DONE_AND_STOP_ASKED in results:
            self._on_interrupt(True)

    def abandon(self) -> None:
        """Send nothing any more."""
        self.refused = True
        self._texts.clear()
        self._appends.clear()
        self._empty.set()

    @property
    def has_more(self) -> bool:
        return bool(self._texts or self._appends)


class Publisher(Background):
    """One per worker process: owns the task that writes to Redis.

    It tries again for as long as Redis is away; how long to wait for it is the caller's matter
    (`ReplyWriter.send`). What has not left when the task ends is lost, as in a crash.
    """

    def __init__(self) -> None:
        self._dirty: dict[ReplyWriter, None] = {}
        # Those that are still used: how busy this process is.
        self._writers: weakref.WeakSet[ReplyWriter] = weakref.WeakSet()
        self._wake = asyncio.Event()
        self.now = asyncio.get_running_loop().time

    def writer(
        self,
        message_id: uuid.UUID,
        conversation_id: uuid.UUID,
        *,
        next_seq: int,
        on_interrupt: Callable[[bool], None],
    ) -> ReplyWriter:
        """A writer for one attempt at one reply."""
        writer = ReplyWriter(self, message_id, conversation_id, next_seq, on_interrupt)
        self._writers.add(writer)
        return writer

    def mark(self, writer: ReplyWriter) -> None:
        """Note that this writer has something to send."""
        self._dirty[writer] = None
        self._wake.set()

    def release(self, writer: ReplyWriter) -> None:
        """Note that this reply is at its end: its turn may be in memory for a while yet, and the
        others would be made to pause for it."""
        self._writers.discard(writer)

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._dirty:
                now = self.now()
                due = [writer for writer in self._dirty if writer.due_at <= now]
                if not due:
                    await self._sleep_until(min(writer.due_at for writer in self._dirty))
                    continue
                try:
                    await self._flush(due)
                except RedisError as error:
                    logger.warning("Redis is away, trying again: %s", type(error).__name__)
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                pause = PAUSE_PER_REPLY_SECONDS * (len(self._writers) - 1)
                await asyncio.sleep(min(max(pause, 0), PAUSE_SECONDS_MAX))

    async def _sleep_until(self, when: float) -> None:
        # A first token must not wait for another reply's window.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(when):
                await self._wake.wait()
                self._wake.clear()

    async def _flush(self, due: list[ReplyWriter]) -> None:
        batches = [(writer, writer.take()) for writer in due]
        results = await append(keys.client(), [one for _, batch in batches for one in batch])
        position = 0
        for writer, batch in batches:
            writer.settle(results[position : position + len(batch)])
            position += len(batch)
            if not writer.has_more:
                self._dirty.pop(writer, None)
