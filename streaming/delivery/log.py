"""The reply log: one bounded Redis stream per reply, the truth about what was streamed.

The entry of chunk ``seq`` has the explicit id ``<seq + 1>-0``. Redis refuses an id that is not
larger than the last one, so a worker that was given up and wakes again cannot write a second
version of a reply: its append is refused.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import msgpack
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from chat.live import Progress
from streaming import redis as keys
from streaming.chunks import CLOSING, Chunk, Entry, entry, pack, text_of, thinking_of, unpack
from streaming.redis import Redis, Script

# A log holds far more chunks than a model's longest answer has tokens; the bound is there for
# a provider that never ends.
MAX_CHUNKS = 200_000
# While a reply is being made its log may not expire under it.
RUNNING_TTL_SECONDS = 6 * 3600

# Append, ring the group, and tell whether somebody asked to stop, for each of many chunks: one
# script and one answer, since a call of its own for each costs the worker twice as much. An
# append that is repeated after a broken connection finds its own writer's mark and counts as done.
# KEYS: log and stop of each. ARGV: bound, TTL while it runs, TTL after the end; then of each its
# id, writer, entry, channel, published, and whether it closes the log.
APPEND = Script("""
local done = {}
for i = 1, #KEYS / 2 do
  local log, stop, at = KEYS[2 * i - 1], KEYS[2 * i], 6 * i - 2
  local added = redis.pcall('XADD', log, 'MAXLEN', '~', ARGV[1], ARGV[at],
                            'writer', ARGV[at + 1], 'entry', ARGV[at + 2])
  done[i] = 1
  if type(added) == 'table' and added.err then
    -- Out of memory, read-only and the like are no other worker: the caller tries all again.
    if not string.find(added.err, 'equal or smaller', 1, true) then return added end
    local there = redis.call('XRANGE', log, ARGV[at], ARGV[at])
    if not there[1] or there[1][2][2] ~= ARGV[at + 1] then done[i] = 0 end
  end
  if done[i] == 1 then
    if ARGV[at + 5] == '1' then
      redis.call('EXPIRE', log, ARGV[3])
    elseif redis.call('TTL', log) < 0 then
      redis.call('EXPIRE', log, ARGV[2])
    end
    redis.call('PUBLISH', ARGV[at + 3], ARGV[at + 4])
    if redis.call('EXISTS', stop) == 1 then done[i] = 2 end
  end
end
return done
""")
# Nothing else runs in Redis meanwhile.
APPENDED_TOGETHER = 64


# A chunk after whatever is the last one: from here on the writers of earlier attempts are
# refused, and what is in the log stays as it is. A later attempt's fence is not passed.
TAKE_OVER = Script("""
if tonumber(redis.call('GET', KEYS[2]) or '0') > tonumber(ARGV[1]) then return 0 end
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last then return 1 end
for mark = 4, #ARGV do
  -- The kind stands first in the array that is kept.
  if string.sub(last[2][4], 2, 1 + #ARGV[mark]) == ARGV[mark] then return 1 end
end
local id = (tonumber(string.match(last[1], '^%d+')) + 1) .. '-0'
redis.call('XADD', KEYS[1], id, 'writer', 'fence ' .. ARGV[1], 'entry', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
return 1
""")


class Superseded(Exception):
    """Another worker has written this reply further; this one must stop."""


class Appended(IntEnum):
    """What became of an append."""

    REFUSED = 0
    DONE = 1
    DONE_AND_STOP_ASKED = 2


@dataclass(frozen=True, slots=True)
class Address:
    """Where a reply's chunks go, in Redis' words: made once per reply."""

    log: str
    stop: str
    channel: str


def address(message_id: uuid.UUID, conversation_id: uuid.UUID) -> Address:
    """The address of this reply's chunks."""
    group = keys.conversation_group(conversation_id)
    return Address(
        log=keys.log_key(message_id),
        stop=keys.stop_key(message_id),
        channel=get_channel_layer().group_channel(group),
    )


@dataclass(frozen=True, slots=True)
class Append:
    """A chunk on its way into the log, ready to be sent any number of times."""

    to: Address
    seq: int
    writer: str
    kept: bytes
    published: bytes
    closing: bool

    def arguments(self) -> tuple[Any, ...]:
        """The script's, of this chunk."""
        entry_id = f"{self.seq + 1}-0"
        closes = int(self.closing)
        return (entry_id, self.writer, self.kept, self.to.channel, self.published, closes)


def prepare(
    chunk: Chunk, *, writer: str, to: Address | None = None, question: str | None = None
) -> Append:
    """Encode a chunk once: for the log, for the group, and for every socket after it."""
    return Append(
        to=to or address(chunk.message_id, chunk.conversation_id),
        seq=chunk.seq,
        writer=writer,
        kept=pack(chunk, question),
        # The channel layer's own encoding: this is a group message.
        published=msgpack.packb(entry(chunk, question)),
        closing=chunk.chunk_type in CLOSING,
    )


async def append(redis: Redis, appends: Sequence[Append]) -> list[Appended]:
    """Append chunks of any replies in one pipeline. Raises RedisError, then all may be repeated."""
    bounds = (MAX_CHUNKS, RUNNING_TTL_SECONDS, settings.STREAM_LOG_TTL_SECONDS)
    calls = []
    for start in range(0, len(appends), APPENDED_TOGETHER):
        together = appends[start : start + APPENDED_TOGETHER]
        names = [name for one in together for name in (one.to.log, one.to.stop)]
        calls.append((names, [*bounds, *(word for one in together for word in one.arguments())]))
    return [Appended(done) for results in await APPEND.run(redis, calls) for done in results]


async def take_over(
    redis: Redis, message_id: uuid.UUID, conversation_id: uuid.UUID, *, attempt: int
) -> None:
    """Bar the attempts before this one from the log, with a ``metadata`` chunk that says which.

    Nothing is appended where there is no log or where it is closed. The group is not told:
    the next chunk shows the gap. Raises Superseded when a later attempt came first, and
    RedisError.
    """
    # What is packed does not say its own place.
    packed = pack(Chunk(message_id, conversation_id, 0, "metadata", "", {"attempt": attempt}))
    names = (keys.log_key(message_id), keys.fence_key(message_id))
    arguments = (attempt, packed, RUNNING_TTL_SECONDS, *map(msgpack.packb, CLOSING))
    (done,) = await TAKE_OVER.run(redis, [(names, arguments)])
    if not done:
        raise Superseded


def decode(message_id: uuid.UUID, rows: Any) -> list[Entry]:
    """What Redis gives of a log."""
    return [
        unpack(message_id, int(entry_id.partition(b"-")[0]) - 1, fields[b"entry"])
        for entry_id, fields in rows
    ]


async def read(redis: Redis, message_id: uuid.UUID, after: int, *, count: int) -> list[Entry]:
    """Up to ``count`` entries with ``seq > after``, in order."""
    rows = await redis.xrange(keys.log_key(message_id), min=f"{after + 2}-0", count=count)
    return decode(message_id, rows)


async def read_all(redis: Redis, message_id: uuid.UUID) -> list[Entry]:
    """Every entry there is, in order."""
    return decode(message_id, await ask_for_all(redis, message_id))


def ask_for_all(redis: Redis, message_id: uuid.UUID) -> Any:
    """The same among other commands of a pipeline, whose answer is for `decode`."""
    return redis.xrange(keys.log_key(message_id))


@dataclass(frozen=True, slots=True)
class Tail:
    """Where a log stands: its last chunk's ``seq`` (-1: no log), and whether that closes it."""

    seq: int
    closed: bool


async def tail(redis: Redis, message_id: uuid.UUID) -> Tail:
    """Where the log stands now."""
    rows = await redis.xrevrange(keys.log_key(message_id), count=1)
    if not rows:
        return Tail(seq=-1, closed=False)
    last = decode(message_id, rows)[0]
    return Tail(seq=last["seq"], closed=last["kind"] in CLOSING)


def progress(message_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Progress]:
    """The text so far and its cursor, of those replies that have a log (for threads).

    Without Redis a page shows none: the browser asks again with its cursor.
    """
    found: dict[uuid.UUID, Progress] = {}
    redis = keys.sync_client()
    for message_id in message_ids:
        try:
            entries = decode(message_id, redis.xrange(keys.log_key(message_id)))
        except RedisError:
            return found
        if entries and entries[0]["seq"] == 0:
            found[message_id] = Progress(
                text=text_of(entries), seq=entries[-1]["seq"], thinking=thinking_of(entries)
            )
    return found
