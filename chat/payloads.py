"""Messages and conversations as the outside sees them (frames and JSON)."""

import uuid
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext

from chat.history import ALONE, Versions
from chat.models import Conversation, Message

# What would fail the same way again.
FINAL_ERRORS = frozenset({"provider_rejected", "blocked", "budget_exceeded"})

# What a person may know of each model that was asked; the details are for staff.
TRIED = (
    "provider", "model", "code", "first_token_ms", "ms", "hedged", "input_tokens",
    "output_tokens", "cached_tokens", "is_estimated", "cost_usd",
    "saved_usd",
)  # fmt: skip


def conversation_payload(conversation: Conversation) -> dict[str, Any]:
    """A conversation for its owner."""
    return {
        "id": str(conversation.id),
        "title": conversation.title,
        "assistant_id": str(conversation.assistant_id) if conversation.assistant_id else None,
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
        "pinned": conversation.pinned_at is not None,
        "archived": conversation.archived_at is not None,
        "deleted": conversation.deleted_at is not None,
    }


def figures(reply: Message) -> dict[str, Any]:
    """What a finished reply took: the contract's ``end.metadata``."""
    return {
        "status": reply.status,
        "finish_reason": reply.finish_reason or None,
        "source": reply.source or None,
        "provider": reply.provider or None,
        "model": reply.model or None,
        "processing_time_ms": reply.processing_time_ms,
        "first_token_ms": reply.first_token_ms,
        "usage": {
            "input_tokens": reply.input_tokens,
            "output_tokens": reply.output_tokens,
            "cached_tokens": reply.cached_tokens,
        },
        "tokens_per_second": reply.tokens_per_second,
        "cost_usd": reply.cost_text,
        "attempts": reply.attempts,
        "seams": reply.seams,
        "tried": [{name: one.get(name) for name in TRIED} for one in reply.tries],
    }


def versions_payload(versions: Versions) -> dict[str, Any]:
    """Which of how many versions, and its neighbours."""
    return {
        name: str(value) if isinstance(value, uuid.UUID) else value
        for name, value in asdict(versions).items()
    }


def message_payload(message: Message, versions: Versions = ALONE) -> dict[str, Any]:
    """A whole message for the owner of its conversation."""
    payload: dict[str, Any] = {
        "id": str(message.id),
        "conversation_id": str(message.conversation_id),
        "parent_id": str(message.parent_id) if message.parent_id else None,
        "role": message.role,
        "status": message.status,
        "content": message.content,
        "client_id": message.client_id,
        "created_at": message.created_at.isoformat(),
        "versions": versions_payload(versions),
        "metadata": {},
        "thinking": message.thinking,
        "error": None,
    }
    if message.is_reply:
        payload["metadata"] = figures(message) if message.is_finished else {}
    if message.status == Message.Status.FAILED:
        payload["error"] = {
            "code": message.error_code,
            "sentence": error_told(message),
            "retryable": is_retryable(message),
        }
    return payload


def error_told(reply: Message) -> str:
    """Why there is no answer, in the language that is active; the row keeps it in English."""
    return gettext(reply.error_sentence)


def can_go_on(reply: Message) -> bool:
    """Whether the reply broke off in its text, for a reason that may be gone now."""
    if not reply.content.strip() or not reply.is_finished:
        return False
    if reply.status == Message.Status.COMPLETE:
        return is_cut(reply)
    return is_retryable(reply)


def is_cut(reply: Message) -> bool:
    """Whether the model had more to say than one answer may have."""
    return reply.status == Message.Status.COMPLETE and reply.finish_reason == "length"


def is_retryable(reply: Message) -> bool:
    """Whether asking the same again may help."""
    return reply.error_code not in FINAL_ERRORS
