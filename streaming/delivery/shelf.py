"""Tells every open page of a person what has become of a conversation: the list beside it.

It may be lost on the way: a page reads its list anew when its connection comes back.
"""

import logging
from collections.abc import Sequence

import orjson
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from chat.models import Conversation
from chat.payloads import conversation_payload
from streaming import redis as keys
from streaming.delivery.tell import Told

logger = logging.getLogger("rivulet.shelf")


def show(conversation: Conversation) -> None:
    """Tell from a thread: a page's view, or a worker's visit to the database."""
    try:
        keys.sync_client().publish(*_publication(conversation))
    except RedisError as error:
        _missed(error)


async def show_all(conversations: Sequence[Conversation]) -> None:
    """Tell from an event loop."""
    pipeline = keys.client().pipeline(transaction=False)
    for conversation in conversations:
        pipeline.publish(*_publication(conversation))
    try:
        await pipeline.execute()
    except RedisError as error:
        _missed(error)


def _publication(conversation: Conversation) -> tuple[str, bytes]:
    frame = {"type": "conversation", "conversation": conversation_payload(conversation)}
    told: Told = {"type": "conversation.told", "frame": orjson.dumps(frame).decode()}
    channel = keys.group_channel(keys.person_group(conversation.owner_id))
    # Encoded as the channel layer does it: consumers hear it from there.
    message: bytes = get_channel_layer().serialize(told)
    return channel, message


def _missed(error: RedisError) -> None:
    logger.warning("open pages were not told: %s", type(error).__name__)
