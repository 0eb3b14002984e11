"""Deleting in two steps: marked at once, which nobody reads any more; gone a little later.

In between its owner can bring the conversation back. `chat/access.py` sees to it that what is
marked looks like what is not there.
"""

import uuid
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chat.access import UNDO_SECONDS, NotFound, access_deleted
from chat.models import Conversation, User
from chat.signals import changed

# Later than the last undo, whichever machine's clock counts.
PURGE_AFTER_SECONDS = UNDO_SECONDS + 15
PURGED_AT_ONCE = 100


def delete(conversation: Conversation) -> None:
    """Mark it; what is still being answered in it is stopped."""
    conversation.deleted_at = timezone.now()
    conversation.save(update_fields=["deleted_at"])
    changed(conversation)


def restore(user: User, conversation_id: uuid.UUID) -> Conversation:
    """Bring a conversation back. Raises NotFound, also when it is too late."""
    conversation = access_deleted(user, conversation_id)
    # One statement: `purge` may be at it.
    if not Conversation.objects.filter(id=conversation.id).update(deleted_at=None):
        raise NotFound
    conversation.deleted_at = None
    changed(conversation)
    return conversation


def purge() -> int:
    """Delete what was marked long enough ago, and what a program has left, with everything in it;
    gives how many that were.

    Each in a transaction of its own: nobody else has to wait for all of them.
    """
    now = timezone.now()
    before = now - timedelta(seconds=PURGE_AFTER_SECONDS)
    marked = Conversation.objects.filter(deleted_at__lt=before)
    passing = Conversation.objects.filter(passes_at__lt=now)
    return sum(
        _purge(each, field) for each, field in ((marked, "deleted_at"), (passing, "passes_at"))
    )


def _purge(due: "QuerySet[Conversation]", field: str) -> int:
    purged = 0
    for conversation_id in list(due.order_by(field).values_list("id", flat=True)[:PURGED_AT_ONCE]):
        with transaction.atomic():
            # Looked at once more, locked.
            conversation = due.select_for_update().filter(id=conversation_id).first()
            if conversation is not None:
                conversation.delete()
                purged += 1
    return purged
