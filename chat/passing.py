"""Conversations that nobody keeps: gone when their answer was read, or its reader left."""

import uuid

from django.db import transaction

from chat.models import Conversation


def forget(conversation_id: uuid.UUID) -> None:
    """Delete a passing conversation with everything in it; others are left alone.

    What is still being made in it is stopped. What it cost stays in the ledger.
    """
    with transaction.atomic():
        passing = Conversation.objects.select_for_update().filter(
            id=conversation_id, passes_at__isnull=False
        )
        if conversation := passing.first():
            conversation.delete()
