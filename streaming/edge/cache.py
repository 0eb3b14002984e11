"""The response cache: the same question in the same context, asked by the same person again.

Where staff have marked the assistant as the same for everybody, asked by anybody.

The context is all that a model would be asked with: the assistant, the tier and its models, the
version of the prompt, everything that was said before. Only its hash, keyed with the
installation's secret, is a name in Redis. What is kept is bounded by age and by bytes, the
oldest goes first; a conversation that is deleted takes its answers with it.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from hashlib import blake2b

import msgpack
import orjson
from django.conf import settings
from redis.exceptions import RedisError

from chat.finish import Finished
from chat.models import Message
from streaming import redis as keys
from streaming.edge.given import Given, Wish
from streaming.metrics.tally import Tally
from streaming.redis import Script

# What takes longer is not worth waiting for.
LOOK_SECONDS = 0.25
TEXT_MAX_CHARS = 200_000
# Raised where the same request would be put to a model in other words.
PROMPT_VERSION = 1

# So long nothing of a deleted conversation is kept: what was ending when it was deleted has ended.
GONE_MS = 60_000

# texts, one key each; `order` by age; `sizes` in bytes, "" is their sum; `of` a conversation, which
# may be `gone`.
# ARGV: digest, packed answer, now (ms), TTL (ms), bytes in all, prefix of the texts, mark of the
# question.
KEEP = Script("""
local order, sizes, of, gone = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if redis.call('EXISTS', gone) == 1 then return -1 end
local digest, packed, now, ttl, most, prefix, mark =
    ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], ARGV[7]
local function drop(one)
    local size = tonumber(redis.call('HGET', sizes, one) or 0)
    redis.call('DEL', prefix .. one)
    redis.call('ZREM', order, one)
    redis.call('HDEL', sizes, one)
    redis.call('HINCRBY', sizes, '', -size)
end
for _, one in ipairs(redis.call('ZRANGEBYSCORE', order, '-inf', now - ttl, 'LIMIT', 0, 1000)) do
    drop(one)
end
drop(digest)
redis.call('SET', prefix .. digest, packed, 'PX', ttl)
redis.call('ZADD', order, now, digest)
redis.call('HSET', sizes, digest, #packed)
redis.call('SET', prefix .. mark, '', 'PX', ttl)
redis.call('SADD', of, digest, mark)
local total = redis.call('HINCRBY', sizes, '', #packed)
while total > most do
    local oldest = redis.call('ZRANGE', order, 0, 0)[1]
    if not oldest then break end
    drop(oldest)
    total = tonumber(redis.call('HGET', sizes, ''))
end
for _, key in ipairs({order, sizes, of}) do redis.call('PEXPIRE', key, ttl + 60000) end
return total
""")

# ARGV: prefix of the texts, how long it is known to be gone (ms).
FORGET = """
local order, sizes, of, gone = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
redis.call('SET', gone, '', 'PX', ARGV[2])
for _, one in ipairs(redis.call('SMEMBERS', of)) do
    local size = tonumber(redis.call('HGET', sizes, one) or 0)
    redis.call('DEL', ARGV[1] .. one)
    redis.call('ZREM', order, one)
    if redis.call('HDEL', sizes, one) == 1 then redis.call('HINCRBY', sizes, '', -size) end
end
return redis.call('DEL', of)
"""

logger = logging.getLogger("rivulet.cache")


class Cache:
    """Answers that were given before, shared by all processes through Redis."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    async def were_asked(self, questions: Sequence[tuple[uuid.UUID, str]]) -> list[bool]:
        """Whether there may be an answer to what these people ask; most questions are new, and for
        them nothing has to be read. False, too, where Redis is away."""
        marks = [_mark(owner, text) for owner_id, text in questions for owner in (owner_id, None)]
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                found = await keys.client().mget(map(keys.cache_key, marks))
        except (RedisError, TimeoutError) as error:
            logger.warning("the cache was not asked: %s", type(error).__name__)
            return [False] * len(questions)
        return [found[i : i + 2] != [None, None] for i in range(0, len(found), 2)]

    async def find(self, wish: Wish, *, counts: bool = True) -> Given | None:
        """The answer that the same person, or anybody, got to the same; None too where Redis is
        away."""
        if wish.owner_id is None:
            return None
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                packed = await keys.client().get(keys.cache_key(digest(wish)))
        except (RedisError, TimeoutError) as error:
            if counts:
                self._tally.count("edge", "cache_away")
            logger.warning("the cache was not asked: %s", type(error).__name__)
            return None
        if counts:
            self._tally.count("edge", "cache_hit" if packed else "cache_miss")
        return _given(packed) if isinstance(packed, bytes) else None

    async def keep(self, wish: Wish, saved: Finished) -> None:
        """Remember this answer if it is a whole one; what goes wrong is only logged."""
        if wish.owner_id is None or not is_worth_keeping(saved):
            return
        packed = msgpack.packb([saved.content, saved.provider, saved.model])
        arguments = [
            digest(wish),
            packed,
            # To the microsecond: which is the oldest may be a matter of less than one.
            round(time.time() * 1000, 3),
            int(settings.CHAT_CACHE_SECONDS * 1000),
            int(settings.CHAT_CACHE_MEGABYTES * 1024 * 1024),
            keys.cache_key(""),
            _mark(None if wish.is_public else wish.owner_id, wish.question),
        ]
        try:
            # Nobody is told that the answer is whole before.
            async with asyncio.timeout(LOOK_SECONDS):
                (total,) = await KEEP.run(keys.client(), [(names(wish.conversation_id), arguments)])
        except (RedisError, TimeoutError) as error:
            logger.warning("an answer was not kept: %s", type(error).__name__)
        else:
            if total >= 0:
                self._tally.count("edge", "cache_kept")


def _given(packed: bytes) -> Given | None:
    try:
        text, provider, model = msgpack.unpackb(packed)
    except (ValueError, TypeError, msgpack.UnpackException):
        # Of another version of the software: no answer is worth an error.
        return None
    return Given(text, "cache", provider=provider, model=model)


def is_worth_keeping(saved: Finished) -> bool:
    """Whether this came to its end by itself, in one piece, and a model said it."""
    return (
        saved.status == Message.Status.COMPLETE
        and saved.finish_reason == "stop"
        and not saved.seams
        and bool(saved.content.strip())
        and len(saved.content) <= TEXT_MAX_CHARS
    )


def digest(wish: Wish) -> str:
    """The name of what is asked: other words, another context or person, another name.

    Of a public assistant whoever asks is the same person.
    """
    context = [
        "" if wish.is_public else str(wish.owner_id),
        wish.assistant,
        PROMPT_VERSION,
        wish.tier,
        [str(model) for model in wish.models],
        [[message.role, message.content] for message in wish.said],
    ]
    return _hash(context)


def _mark(owner_id: uuid.UUID | None, text: str) -> str:
    """Says that this was answered, in whatever context; without an owner to anybody.

    It goes with the conversation, or when the answer would go by itself.
    """
    return f"asked:{_hash([str(owner_id or ''), text])}"


def _hash(value: list[object]) -> str:
    secret = settings.SECRET_KEY.encode()
    key = blake2b(secret, digest_size=32).digest()
    return blake2b(orjson.dumps(value), key=key, digest_size=20).hexdigest()


def names(conversation_id: uuid.UUID) -> list[str]:
    """The keys beside the texts: their order, their sizes, which are a conversation's, and whether
    that is gone."""
    own = (f"{name}:{conversation_id}" for name in ("of", "gone"))
    return [keys.cache_key(name) for name in ("order", "sizes", *own)]


def forget(conversation_id: uuid.UUID) -> None:
    """Delete what was kept of this conversation's answers, and is being kept. For threads."""
    own = names(conversation_id)
    try:
        keys.sync_client().eval(FORGET, len(own), *own, keys.cache_key(""), GONE_MS)
    except RedisError as error:
        # They expire by themselves.
        logger.warning("answers of a deleted conversation stay: %s", type(error).__name__)
