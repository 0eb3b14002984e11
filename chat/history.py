"""What was said in a conversation, in order."""

import uuid
from collections.abc import Iterable

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
