"""How often a reply has been begun, and what earlier attempts left in its log."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from chat.models import Message
from config.catalogue import Model
from streaming import redis as keys
from streaming.chunks import CLOSING, Entry, thinking_of
from streaming.delivery import log
from streaming.delivery.log import RUNNING_TTL_SECONDS
from streaming.errors import InternalError, NothingFree, ReplyError
from streaming.generation.alive import alive_seconds
from streaming.providers.registry import provider

ATTEMPTS_MAX = 3


@dataclass(frozen=True, slots=True)
class SoFar:
    """What a log says, from its first chunk or the last ``reset`` on.

    ``speaker`` is the provider and the model that said it, None before the first token that
    was made for this reply; ``seams`` are the lengths, in characters, that the text had when
    another version or attempt began to add to it.
    """

    text: str = ""
    speaker: tuple[str, str] | None = None
    first_token_at: datetime | None = None
    seams: list[int] = field(default_factory=list)
    thinking: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One beginning of a reply. ``entries`` is the log that earlier ones left."""

    number: int
    entries: list[Entry]
    stop_asked: bool

    @property
    def is_first(self) -> bool:
        """Whether there is only what the acknowledgement came with (intake/starting.py)."""
        return self.number == 1 and bool(self.entries) and all(map(_is_given, self.entries))

    @property
    def last_seq(self) -> int:
        """-1 where there is no log."""
        return self.entries[-1]["seq"] if self.entries else -1

    @property
    def is_closed(self) -> bool:
        return bool(self.entries) and self.entries[-1]["kind"] in CLOSING

    @property
    def is_whole(self) -> bool:
        return is_whole(self.entries)


async def begin(message_id: uuid.UUID) -> Attempt:
    """Count a new attempt. Raises RedisError."""
    redis = keys.client()
    pipeline = redis.pipeline(transaction=False)
    pipeline.incr(keys.attempts_key(message_id))
    pipeline.expire(keys.attempts_key(message_id), RUNNING_TTL_SECONDS)
    pipeline.set(keys.alive_key(message_id), "1", px=int(alive_seconds() * 1000))
    pipeline.exists(keys.stop_key(message_id))
    log.ask_for_all(pipeline, message_id)
    number, _, _, stop_asked, rows = await pipeline.execute()
    return Attempt(number=number, entries=log.decode(message_id, rows), stop_asked=bool(stop_asked))


async def take_over(attempt: Attempt, reply: Message) -> Attempt:
    """The attempt with what is left of the earlier ones, which can write no more.

    ``reply.attempts`` counts this attempt already. Raises Superseded and RedisError.
    """
    redis = keys.client()
    await log.take_over(redis, reply.id, reply.conversation_id, attempt=reply.attempts)
    return replace(attempt, entries=await log.read_all(redis, reply.id))


def is_whole(entries: list[Entry]) -> bool:
    """Whether nothing is missing from this log up to here: Redis may have lost some of it."""
    return [one["seq"] for one in entries] == list(range(len(entries)))


def so_far(entries: list[Entry]) -> SoFar:
    """Read what these chunks of one reply, the whole log, say together."""
    texts: list[str] = []
    seams: list[int] = []
    first: dict[str, Any] = {}
    for one in entries:
        if one["kind"] == "reset":
            texts, seams, first = [], [], {}
        elif one["kind"] == "token":
            chunk = orjson.loads(one["frame"])
            texts.append(chunk["content"])
            if "seams" in chunk["metadata"]:
                seams += chunk["metadata"]["seams"]
            else:
                first = first or chunk
        elif one["kind"] == "metadata" and "attempt" in orjson.loads(one["frame"])["metadata"]:
            seam = sum(map(len, texts))
            if seam not in seams:
                seams.append(seam)
    speaker = first.get("metadata", {})
    return SoFar(
        text="".join(texts),
        speaker=(speaker["provider"], speaker["model"]) if "model" in speaker else None,
        first_token_at=datetime.fromisoformat(first["timestamp"]) if first else None,
        seams=seams,
        thinking=thinking_of(entries),
    )


def _is_given(one: Entry) -> bool:
    if one["kind"] == "token":
        return one["seq"] == 1 and "seams" in orjson.loads(one["frame"])["metadata"]
    return one["kind"] == "start"


def given_up_before(reply: Message, candidates: Sequence[Model]) -> ReplyError | None:
    """Why nobody is asked at all: too many attempts have died, or nobody may answer."""
    if reply.attempts > ATTEMPTS_MAX:
        return InternalError(detail=f"gave up after {ATTEMPTS_MAX} attempts")
    return None if candidates else NothingFree()


def who_goes_on(candidates: Sequence[Model], before: SoFar, *, whole: bool) -> Model | None:
    """The model that goes on with what it said in an earlier attempt, if there is one.

    ``whole``: nothing of what it said is missing.
    """
    # Nothing but white space is no beginning to a model.
    if not whole or not before.text.strip():
        return None
    for model in candidates:
        if (model.provider, model.name) == before.speaker:
            return model if provider(model.provider).continues else None
    return None
