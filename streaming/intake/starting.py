"""The first chunks of a reply's log: the acknowledgement, and what the reply begins with.

All of them, where its answer was there already.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from django.conf import settings

from chat.models import Message
from chat.payloads import message_payload, versions_payload
from chat.submissions import Accepted
from streaming import redis as keys
from streaming.chunks import Chunk, ChunkType
from streaming.delivery import log
from streaming.delivery.closing import closing
from streaming.delivery.log import Append
from streaming.edge.given import pieces
from streaming.intake.memory import was_never_begun

# The writer's mark of both: appended again, they count as done.
WRITER = "start"
# How long a repeated send waits for the first one to be started by whoever accepted it.
START_WAIT_SECONDS = 1.0
START_POLL_SECONDS = 0.02


def start_chunk(accepted: Accepted) -> Chunk:
    """The acknowledgement, made from the rows: the same however often it is asked for."""
    reply, question = accepted.reply, accepted.question
    return Chunk(
        message_id=reply.id,
        conversation_id=reply.conversation_id,
        seq=0,
        chunk_type="start",
        metadata={
            "status": "processing",
            "client_id": accepted.client_id,
            "user_message_id": str(question.id),
            "user_message_parent_id": str(question.parent_id) if question.parent_id else None,
            "user_message_versions": versions_payload(accepted.question_versions),
            "parent_id": str(question.id),
            "versions": versions_payload(accepted.reply_versions),
        },
        timestamp=reply.created_at,
    )


def beginning_chunk(reply: Message) -> Chunk | None:
    """The text of an earlier version that this unfinished reply goes on with, if it does."""
    if not reply.content:
        return None
    return Chunk(
        message_id=reply.id,
        conversation_id=reply.conversation_id,
        seq=1,
        chunk_type="token",
        content=reply.content,
        metadata=beginning_metadata(reply),
        timestamp=reply.created_at,
    )


def beginning_metadata(reply: Message) -> dict[str, list[int]]:
    """The mark of a token that was not generated for this reply: where it was put together."""
    return {"seams": reply.seams}


def answer_chunks(reply: Message) -> list[Chunk]:
    """What is said by a reply that was accepted with its answer, and its end."""
    speaker = {"provider": reply.provider, "model": reply.model} if reply.model else {}
    told: list[tuple[ChunkType, str, Mapping[str, Any]]] = [
        ("token", text, {} if number else speaker)
        for number, text in enumerate(pieces(reply.content))
    ]
    told.append(closing(reply))
    return [
        Chunk(reply.id, reply.conversation_id, seq, *one, timestamp=reply.created_at)
        for seq, one in enumerate(told, start=1)
    ]


def first_appends(accepted: Accepted) -> list[Append]:
    """What a reply's log begins with, for all who read it."""
    question = message_payload(accepted.question, accepted.question_versions)
    frame = orjson.dumps({"type": "message", "message": question}).decode()
    appends = [log.prepare(start_chunk(accepted), writer=WRITER, question=frame)]
    reply = accepted.reply
    if reply.is_finished:
        appends += [log.prepare(each, writer=WRITER) for each in answer_chunks(reply)]
    elif beginning := beginning_chunk(reply):
        appends.append(log.prepare(beginning, writer=WRITER))
    return appends


async def must_start(accepted: Accepted) -> bool:
    """Whether nobody has begun and queued what is sent again; waits a moment for whoever accepted
    it first."""
    reply = accepted.reply
    if reply.is_finished:
        return await _lacks_its_answer(reply)
    age = (datetime.now(UTC) - reply.created_at).total_seconds()
    if not await _is_started(reply, wait=START_WAIT_SECONDS - age):
        # Whoever accepted it has died, or was refused by Redis.
        return await was_never_begun(reply)
    # Or died before it queued the job. What a worker began is left alone.
    names = (keys.attempts_key(reply.id), keys.alive_key(reply.id))
    return age > settings.WORKER_LEASE_SECONDS and not await keys.client().exists(*names)


async def _lacks_its_answer(reply: Message) -> bool:
    """Whether it was accepted with its answer by somebody who died before that was in the log."""
    age = (datetime.now(UTC) - reply.created_at).total_seconds()
    if reply.source not in ("edge", "cache") or age > settings.STREAM_LOG_TTL_SECONDS:
        return False
    redis = keys.client()
    # What a worker said is that one's to close.
    return not (
        (await log.tail(redis, reply.id)).closed or await redis.exists(keys.attempts_key(reply.id))
    )


async def _is_started(reply: Message, *, wait: float) -> bool:
    """Whether the log has its beginning; looks for as many seconds more."""
    deadline = asyncio.get_running_loop().time() + wait
    while (await log.tail(keys.client(), reply.id)).seq < 0:
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(START_POLL_SECONDS)
    return True
