"""What was said in a conversation, in order."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from chat.models import Conversation, Message


def path_to(messages: Iterable[Message], tip_id: uuid.UUID | None) -> list[Message]:
    """The messages from the first one to ``tip_id``, found through the parents."""
    by_id = {message.id: message for message in messages}
    path: list[Message] = []
    current = by_id.get(tip_id) if tip_id else None
    while current is not None:
        path.append(current)
        current = by_id.get(current.parent_id) if current.parent_id else None
    path.reverse()
    return path


def history(conversation: Conversation) -> list[Message]:
    """What was said in this conversation, first message first."""
    return path_to(conversation.messages.all(), conversation.tip_id)


def reply_with_history(
    reply_id: uuid.UUID, *, take_over: bool
) -> tuple[Message, list[Message]] | None:
    """A reply and what was said before it, the message it answers last; None when deleted.

    With ``take_over`` an unfinished reply counts a new attempt first, which bars the earlier
    ones from saving theirs.
    """
    if take_over:
        Message.objects.filter(id=reply_id, status=Message.Status.PROCESSING).update(
            attempts=F("attempts") + 1
        )
    reply = Message.objects.filter(id=reply_id, role=Message.Role.ASSISTANT).first()
    if reply is None:
        return None
    said = Message.objects.filter(conversation_id=reply.conversation_id).only(
        "id", "parent_id", "role", "content"
    )
    return reply, path_to(said, reply.parent_id)


def later_than(conversation: Conversation, message_id: uuid.UUID) -> list[Message]:
    """What was said after this message; all of it when the message is not on the path."""
    path = history(conversation)
    known = [index for index, message in enumerate(path) if message.id == message_id]
    return path[known[0] + 1 :] if known else path


def newest_of(
    conversation_ids: Iterable[uuid.UUID], *, before: datetime
) -> dict[uuid.UUID, uuid.UUID | None]:
    """The newest message of each of these conversations that rests since ``before``."""
    rows = Conversation.objects.filter(id__in=set(conversation_ids), updated_at__lt=before)
    return dict(rows.values_list("id", "tip_id"))


def is_deleted(message_id: uuid.UUID) -> bool:
    """Whether there is no such message any more."""
    return not Message.objects.filter(id=message_id).exists()
