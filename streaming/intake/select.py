"""Chooses a version: for this page and for every other one that shows the conversation."""

import logging
import uuid
from typing import Any

from channels.db import database_sync_to_async
from redis.exceptions import RedisError

from chat.models import Conversation, Message, User
from chat.select import select as choose
from streaming.delivery.tell import tell

logger = logging.getLogger("rivulet.select")


async def select(user: User, message_id: uuid.UUID) -> dict[str, Any]:
    """Show this message and what follows it; gives the frame that says so.

    Everything after ``parent_id`` is another than before. Raises chat.access.NotFound.
    """
    conversation, parent_id = await _choose(user, message_id)
    frame = select_frame(conversation.id, message_id, parent_id, conversation.tip_id)
    try:
        await tell(conversation.id, frame)
    except RedisError as error:
        # The other pages see it when they are loaded.
        logger.warning("a choice was not told: %s", type(error).__name__)
    return frame


def select_frame(
    conversation_id: uuid.UUID,
    message_id: uuid.UUID | None,
    parent_id: uuid.UUID | None,
    tip_id: uuid.UUID | None,
) -> dict[str, Any]:
    """Another part of the conversation is shown from here on: ``message_id`` after ``parent_id``,
    and so on up to ``tip_id``."""
    ids = {"message_id": message_id, "parent_id": parent_id, "tip_id": tip_id}
    texts = {name: str(value) if value else None for name, value in ids.items()}
    return {"type": "select", "conversation_id": str(conversation_id), **texts}


def _select(user: User, message_id: uuid.UUID) -> tuple[Conversation, uuid.UUID | None]:
    conversation = choose(user, message_id)
    parents = Message.objects.filter(id=message_id).values_list("parent_id", flat=True)
    return conversation, parents.first()


_choose = database_sync_to_async(_select)
