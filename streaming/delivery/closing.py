"""What the last chunk of a reply says."""

from typing import Any

from chat.models import Message
from chat.payloads import figures, is_retryable
from streaming.chunks import ChunkType


def closing(
    reply: Message, *, retry_after: float | None = None, budget: dict[str, Any] | None = None
) -> tuple[ChunkType, str, dict[str, Any]]:
    """Its type, content and metadata, from a row that says how the reply ended.

    ``retry_after`` is in seconds; ``budget`` is what its owner is warned of.
    """
    metadata = figures(reply)
    if budget:
        metadata["budget"] = budget
    if reply.status != Message.Status.FAILED:
        return "end", "", metadata
    metadata |= {"code": reply.error_code, "retryable": is_retryable(reply)}
    if retry_after:
        metadata["retry_after"] = round(retry_after, 1)
    return "error", reply.error_sentence, metadata
