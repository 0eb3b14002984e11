"""Who may see what: the one place that decides.

What is unknown, what belongs to somebody else and what was deleted look the same: NotFound.
"""

import uuid
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from chat.models import Conversation, Message, Share, User

# A deletion can be undone for so long; after it nothing brings the conversation back.
UNDO_SECONDS = 60


class NotFound(Exception):
    """There is no such thing, or it is somebody else's."""


def conversations_of(user: User) -> QuerySet[Conversation]:
    """All that this person may read; archived ones too, deleted and passing ones not."""
    return Conversation.objects.filter(owner=user, deleted_at=None, passes_at=None)


def access_conversation(user: User, conversation_id: uuid.UUID) -> Conversation:
    """The person's own conversation. Raises NotFound."""
    conversation = conversations_of(user).filter(id=conversation_id).first()
    if conversation is None:
        raise NotFound
    return conversation


def access_message(user: User, message_id: uuid.UUID) -> Message:
    """A message in one of the person's own conversations. Raises NotFound."""
    message = Message.objects.filter(
        id=message_id, conversation__owner=user, conversation__deleted_at=None
    ).first()
    if message is None:
        raise NotFound
    return message


def access_reply(user: User, message_id: uuid.UUID) -> Message:
    """A reply in one of the person's own conversations. Raises NotFound."""
    message = access_message(user, message_id)
    if not message.is_reply:
        raise NotFound
    return message


def access_deleted(user: User, conversation_id: uuid.UUID) -> Conversation:
    """A conversation that its owner can still bring back. Raises NotFound."""
    since = timezone.now() - timedelta(seconds=UNDO_SECONDS)
    conversation = Conversation.objects.filter(
        id=conversation_id, owner=user, deleted_at__gt=since
    ).first()
    if conversation is None:
        raise NotFound
    return conversation


def shares_of(user: User) -> QuerySet[Share]:
    """The links this person has made, and not revoked."""
    return Share.objects.filter(conversation__owner=user, conversation__deleted_at=None)


def access_share(token: str) -> Share:
    """What anybody who knows this token may read. Raises NotFound."""
    if "\x00" in token:
        # PostgreSQL does not even look for it.
        raise NotFound
    share = (
        Share.objects.filter(
            token=token,
            conversation__deleted_at=None,
            conversation__owner__is_active=True,
        )
        .select_related("conversation")
        .first()
    )
    if share is None:
        raise NotFound
    return share
