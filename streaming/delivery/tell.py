"""Tells every page that shows a conversation something that is not part of a reply."""

import uuid
from typing import Any, Literal, TypedDict

import orjson
from channels.layers import get_channel_layer

from streaming.redis import conversation_group


class Told(TypedDict):
    """What the group carries: a frame for browsers, as it is. It may be lost on the way."""

    type: Literal["conversation.told"]
    frame: str


async def tell(conversation_id: uuid.UUID, frame: dict[str, Any]) -> None:
    """Send this frame to all who follow the conversation. Raises RedisError."""
    told: Told = {"type": "conversation.told", "frame": orjson.dumps(frame).decode()}
    await get_channel_layer().group_send(conversation_group(conversation_id), told)
