"""Who may see what: the one place that decides.

What is unknown and what belongs to somebody else look the same: NotFound.
"""

import uuid

from chat.models import Conversation, Message, User


class NotFound(Exception):
    """There is no such thing, or it is somebody else's."""


def access_conversation(user: User, conversation_id: uuid.UUID) -> Conversation:
    """The person's own conversation. Raises NotFound."""
    conversation = Conversation.objects.filter(id=conversation_id, owner=user).first()
    if conversation is None:
        raise NotFound
    return conversation


def access_reply(user: User, message_id: uuid.UUID) -> Message:
    """A reply in one of the person's own conversations. Raises NotFound."""
    reply = Message.objects.filter(
        id=message_id, role=Message.Role.ASSISTANT, conversation__owner=user
    ).first()
    if reply is None:
        raise NotFound
    return reply
