"""Hearing a conversation's group without a socket: for a response that lasts as long as a reply."""

import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from streaming.redis import conversation_group

logger = logging.getLogger("rivulet.live")

Hear = Callable[[Any], None]


@contextlib.asynccontextmanager
async def hearing(conversation_id: uuid.UUID, hear: Hear) -> AsyncIterator[None]:
    """Call ``hear``, which must not wait, with what the group brings.

    Without Redis nothing is heard: a follower reads the log when that is back.
    """
    layer = get_channel_layer()
    group = conversation_group(conversation_id)
    name = layer.local_channel()
    layer.listen(name, hear)
    try:
        try:
            await layer.group_add(group, name)
        except RedisError as error:
            logger.warning("nothing is heard: %s", type(error).__name__)
        yield
    finally:
        layer.listen(name, None)
        try:
            with contextlib.suppress(RedisError):
                await layer.group_discard(group, name)
        finally:
            # Also where a reader that has gone is not waited for.
            layer.forget_channel(name)
