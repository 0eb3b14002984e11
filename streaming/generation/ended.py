"""When log and row disagree about the end: a row that was not saved, a row that is no more."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from chat.finish import Finished
from chat.models import Message
from streaming import redis as keys
from streaming.chunks import CLOSING, Entry, closing_of_deleted
from streaming.delivery import log
from streaming.generation.attempts import SoFar, is_whole, so_far

DELETED_TTL_SECONDS = 60


def ended(reply: Message, entries: list[Entry]) -> Finished:
    """What is kept of a reply whose log is closed; ``entries`` are the whole log."""
    closing: dict[str, Any] = orjson.loads(entries[-1]["frame"])
    metadata = closing["metadata"]
    usage = metadata.get("usage") or {}
    cost = metadata.get("cost_usd")
    # What is left of a log that Redis has lost a part of is not what was said.
    whole = is_whole(entries)
    said = so_far(entries) if whole else SoFar()
    return Finished(
        id=reply.id,
        attempt=reply.attempts,
        status=Message.Status(metadata["status"]) if whole else Message.Status.INTERRUPTED,
        content=said.text,
        seams=said.seams,
        thinking=said.thinking,
        finished_at=datetime.fromisoformat(closing["timestamp"]),
        source=metadata.get("source") or "",
        provider=metadata.get("provider") or "",
        model=metadata.get("model") or "",
        finish_reason=metadata.get("finish_reason") or "",
        input_tokens=usage.get("input_tokens"),
        output_tokens=usage.get("output_tokens"),
        cached_tokens=usage.get("cached_tokens"),
        cost_usd=None if cost is None else Decimal(cost),
        tries=metadata.get("tried") or [],
        first_token_ms=metadata.get("first_token_ms"),
        processing_time_ms=metadata.get("processing_time_ms"),
        error_code=metadata.get("code") or "",
        error_sentence=closing["content"] if closing["chunk_type"] == "error" else "",
    )


async def close_deleted(message_id: uuid.UUID) -> None:
    """End the stream of a reply that was deleted, for those who still look at it.

    Its text is kept for a minute more, for readers who have not got so far. Raises RedisError.
    """
    redis = keys.client()
    entries = await log.read_all(redis, message_id)
    if not entries:
        return
    if entries[-1]["kind"] not in CLOSING:
        conversation_id = uuid.UUID(orjson.loads(entries[0]["frame"])["conversation_id"])
        chunk = closing_of_deleted(message_id, conversation_id, entries[-1]["seq"] + 1)
        await log.append(redis, [log.prepare(chunk, writer="deleted")])
    await redis.expire(keys.log_key(message_id), DELETED_TTL_SECONDS)
