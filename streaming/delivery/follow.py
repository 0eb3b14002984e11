"""One reader's place in one reply: everything in order, no hole, no repeat.

WebSocket, event stream, JSON and page are readers of the same kind. Before it iterates, a
reader has joined the conversation's group and passes what it hears to `offer`; the group may
lose, repeat and reorder, the log fills in.
"""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from django.db import DatabaseError
from redis.exceptions import RedisError

from streaming import redis as keys
from streaming.chunks import CLOSING, Entry
from streaming.delivery import log

# What waits for a slow reader, in entries and characters; beyond it they are read from the
# log, later.
LIVE_ENTRIES_MAX = 256
LIVE_CHARS_MAX = 64 * 1024
# An unfinished reply that is silent for this long is looked up: its last chunk may be lost.
SILENCE_SECONDS = 2.0
RETRY_SECONDS = 0.3
# Entries that are read from the log at once: few for a reader that is slow to take them, for
# they wait in memory, and more and more for one that keeps up.
PAGE_ENTRIES = 8
PAGE_ENTRIES_MAX = 256
PROMPT_SECONDS = 0.1

logger = logging.getLogger("rivulet.follow")

IsFinished = Callable[[uuid.UUID], Awaitable[bool]]


class LogLost(Exception):
    """The log cannot tell what comes next, and the reply is finished: read the database."""


class Follow:
    """Follows a reply from a cursor: yields each entry with ``seq > after`` once, in order.

    Iterating ends after the closing chunk, and raises LogLost.
    """

    def __init__(self, message_id: uuid.UUID, after: int, *, is_finished: IsFinished) -> None:
        self.message_id = message_id
        self.cursor = after
        self._is_finished = is_finished
        self._live: deque[Entry] = deque()
        self._live_chars = 0
        self._heard = asyncio.Event()
        # The log is read first: it may be ahead of the group.
        self._behind = True
        self._is_silent = False
        self._patience = 1
        self._silence: asyncio.TimerHandle | None = None
        self._quiet_at = after - 1

    def offer(self, entry: Entry) -> None:
        """Take what the group brought; never waits."""
        if len(self._live) >= LIVE_ENTRIES_MAX or self._live_chars > LIVE_CHARS_MAX:
            self._drop_live()
            self._behind = True
        else:
            self._live.append(entry)
            self._live_chars += len(entry["frame"])
        self._heard.set()

    def _drop_live(self) -> None:
        self._live.clear()
        self._live_chars = 0

    async def __aiter__(self) -> AsyncIterator[Entry]:
        try:
            async for entry in self._entries():
                yield entry
        finally:
            if self._silence is not None:
                self._silence.cancel()

    async def _entries(self) -> AsyncIterator[Entry]:
        while True:
            if self._behind:
                self._behind = False
                async for entry in self._from_log():
                    yield entry
                    if entry["kind"] in CLOSING:
                        return
            while self._live and not self._behind:
                entry = self._live.popleft()
                self._live_chars -= len(entry["frame"])
                if entry["seq"] > self.cursor + 1:
                    self._behind = True
                elif entry["seq"] == self.cursor + 1:
                    self.cursor += 1
                    yield entry
                    if entry["kind"] in CLOSING:
                        return
            if not self._behind:
                await self._listen()

    async def _listen(self) -> None:
        self._heard.clear()
        if self._silence is None:
            self._notice_silence()
        await self._heard.wait()

    def _notice_silence(self) -> None:
        # One timer per silence, not one per chunk.
        if self._quiet_at == self.cursor:
            self._behind = self._is_silent = True
            self._heard.set()
        self._quiet_at = self.cursor
        loop = asyncio.get_running_loop()
        self._silence = loop.call_later(SILENCE_SECONDS, self._notice_silence)

    async def _from_log(self) -> AsyncIterator[Entry]:
        clock = asyncio.get_running_loop().time
        count = PAGE_ENTRIES
        was_silent, self._is_silent = self._is_silent, False
        while True:
            try:
                known, entries = await self._read(count)
                if not entries or entries[0]["seq"] != self.cursor + 1:
                    # A log that reaches just to here, and goes on: nobody has said more yet.
                    is_up_to_date = known and not entries and known["kind"] not in CLOSING
                    if was_silent or not is_up_to_date:
                        await self._check_lost(has_hole=bool(entries))
                    return
            except (RedisError, DatabaseError) as error:
                logger.warning("looking again: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            read_at = clock()
            for entry in entries:
                self.cursor = entry["seq"]
                yield entry
            if len(entries) < count:
                return
            is_prompt = clock() - read_at < PROMPT_SECONDS
            count = min(count * 2, PAGE_ENTRIES_MAX) if is_prompt else PAGE_ENTRIES

    async def _read(self, count: int) -> tuple[Entry | None, list[Entry]]:
        """The entry at the cursor, where the log has it, and up to so many after it."""
        known = int(self.cursor >= 0)
        entries = await log.read(
            keys.client(), self.message_id, self.cursor - known, count=count + known
        )
        if entries and entries[0]["seq"] == self.cursor:
            return entries[0], entries[1:]
        return None, entries[:count]

    async def _check_lost(self, *, has_hole: bool) -> None:
        """Raise LogLost when waiting for the log is in vain."""
        if has_hole:
            # The beginning of the log is gone for good: nothing to do but wait for the end.
            self._drop_live()
        if not await self._is_finished(self.message_id):
            return
        if not has_hole and self._patience:
            # A reply is saved just before its closing chunk is appended: wait for that once.
            self._patience -= 1
            if (await log.tail(keys.client(), self.message_id)).seq >= 0:
                return
        raise LogLost
