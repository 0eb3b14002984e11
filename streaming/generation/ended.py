"""How a reply ended, read from its log: for a row that was not saved."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from chat.finish import Finished
from chat.models import Message
from streaming.chunks import Entry, text_of


def ended(reply: Message, entries: list[Entry]) -> Finished:
    """What is kept of a reply whose log is closed; ``entries`` are the whole log."""
    closing: dict[str, Any] = orjson.loads(entries[-1]["frame"])
    metadata = closing["metadata"]
    usage = metadata.get("usage") or {}
    cost = metadata.get("cost_usd")
    return Finished(
        id=reply.id,
        attempt=reply.attempts,
        status=Message.Status(metadata["status"]),
        content=text_of(entries),
        finished_at=datetime.fromisoformat(closing["timestamp"]),
        source=metadata.get("source") or "",
        provider=metadata.get("provider") or "",
        model=metadata.get("model") or "",
        finish_reason=metadata.get("finish_reason") or "",
        input_tokens=usage.get("input_tokens"),
        output_tokens=usage.get("output_tokens"),
        cached_tokens=usage.get("cached_tokens"),
        cost_usd=None if cost is None else Decimal(cost),
        first_token_ms=metadata.get("first_token_ms"),
        processing_time_ms=metadata.get("processing_time_ms"),
        error_code=metadata.get("code") or "",
        error_sentence=closing["content"] if closing["chunk_type"] == "error" else "",
    )
