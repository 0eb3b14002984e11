"""Chooses which versions of a conversation are shown."""

import uuid

from django.db import transaction

from chat.access import NotFound, conversations_of
from chat.history import links_of, newest_below
from chat.models import Conversation, Message, User


def select(user: User, message_id: uuid.UUID) -> Conversation:
    """Show this message and the newest of what follows it. Raises chat.access.NotFound.

    Its conversation does not become a newer one: nothing was said.
    """
    with transaction.atomic():
        # Locked: a message that is being sent at this moment goes after what is shown then.
        conversation = (
            conversations_of(user)
            .filter(id__in=Message.objects.filter(id=message_id).values("conversation_id"))
            .select_for_update(no_key=True)
            .first()
        )
        if conversation is None:
            raise NotFound
        conversation.tip_id = newest_below(links_of(conversation.id), message_id)
        conversation.save(update_fields=["tip"])
    return conversation
