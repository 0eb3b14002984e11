"""One's conversations a page at a time, the newest first, for programs."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from chat.access import conversations_of
from chat.models import Conversation, User


class BadCursor(ValueError):
    """No page ended like this."""


@dataclass(frozen=True, slots=True)
class ConversationsPage:
    """``next_cursor`` is None at the end."""

    conversations: list[Conversation]
    next_cursor: str | None


def page(user: User, cursor: str, limit: int) -> ConversationsPage:
    """What follows the page with this cursor, empty for the first. Raises BadCursor."""
    kept = conversations_of(user)
    if cursor:
        moment, last = _read(cursor)
        kept = kept.filter(Q(updated_at__lt=moment) | Q(updated_at=moment, id__lt=last))
    rows = list(kept.order_by("-updated_at", "-id")[: limit + 1])
    shown = rows[:limit]
    return ConversationsPage(shown, _write(shown[-1]) if len(rows) > limit else None)


def _write(conversation: Conversation) -> str:
    # In UTC: a "+" would have to be escaped in an address.
    moment = conversation.updated_at.astimezone(UTC).replace(tzinfo=None)
    return f"{moment.isoformat()}_{conversation.id}"


def _read(cursor: str) -> tuple[datetime, uuid.UUID]:
    moment, _, conversation_id = cursor.partition("_")
    try:
        when = datetime.fromisoformat(moment)
        last = uuid.UUID(conversation_id)
    except ValueError:
        raise BadCursor from None
    if when.tzinfo:
        raise BadCursor
    return when.replace(tzinfo=UTC), last
