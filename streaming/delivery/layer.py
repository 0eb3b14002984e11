"""The channel layer: Channels' own over Redis pub/sub, with bounds and a way to share a pipeline.

The groups only ring: what they lose, a follower reads from the reply log. That is why a full
queue may drop, and why publishing needs no answer of its own.
"""

import asyncio
import logging
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer

# Consumers only pass chunks on, so this many waiting means a consumer that hangs.
QUEUE_MESSAGES = 4096

logger = logging.getLogger("rivulet.layer")


class DroppingQueue(asyncio.Queue[Any]):
    """A bounded queue that drops what does not fit."""

    def put_nowait(self, item: Any) -> None:
        try:
            super().put_nowait(item)
        except asyncio.QueueFull:
            logger.warning("a consumer hangs: group message dropped")


class LoopLayer(RedisPubSubLoopLayer):
    """One event loop's part of the layer."""

    async def _subscribe_to_channel(self, channel: str) -> None:
        self.channels[channel] = DroppingQueue(QUEUE_MESSAGES)
        await self._get_shard(channel).subscribe(channel)


class ReplyChannelLayer(RedisPubSubChannelLayer):
    """Named in `CHANNEL_LAYERS`."""

    def _get_layer(self) -> LoopLayer:
        # Until the loop has a layer of its own kind, the parent would make it a plain one.
        loop = asyncio.get_running_loop()
        if loop not in self._layers:
            super()._get_layer()
            self._layers[loop] = LoopLayer(*self._args, **self._kwargs, channel_layer=self)
        layer: LoopLayer = self._layers[loop]
        return layer

    def group_message(self, group: str, message: Any) -> tuple[str, bytes]:
        """What `group_send` would publish: Redis channel and payload, for a pipeline."""
        return self._get_layer()._get_group_channel_name(group), self.serialize(message)
