"""The channel layer: Channels' own over Redis pub/sub, with a direct way to consumers.

The groups only ring: what they lose, a follower reads from the reply log. That is why a full
queue may drop, and why publishing needs no answer of its own. A consumer that listens gets a
message as soon as it was read, decoded once for all; Channels' own way is a queue, a task and a
visit to the database's thread per message and socket.
"""

import asyncio
import contextlib
import logging
import math
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from channels_redis.pubsub import (
    RedisPubSubChannelLayer,
    RedisPubSubLoopLayer,
    RedisSingleShardConnection,
)
from channels_redis.utils import decode_hosts
from redis import exceptions
from redis.exceptions import RedisError

from streaming.redis import translated

# Of messages for channels that nobody listens to directly; so many waiting is a consumer that
# hangs.
QUEUE_MESSAGES = 4096
# Also how long the first subscription waits to be heard.
LISTEN_SECONDS = 0.1
RETRY_SECONDS = 0.2
TRIES = 4

Listener = Callable[[Any], None]

logger = logging.getLogger("rivulet.layer")


class DroppingQueue(asyncio.Queue[Any]):
    """A bounded queue that drops what does not fit."""

    def put_nowait(self, item: Any) -> None:
        try:
            super().put_nowait(item)
        except asyncio.QueueFull:
            logger.warning("a consumer hangs: group message dropped")


class Connection(RedisSingleShardConnection):
    """The connection to one Redis server."""

    def _ensure_redis(self) -> None:
        is_new = self._redis is None
        super()._ensure_redis()
        if is_new:
            translated(self._redis.connection_pool)

    async def _do_receiving(self) -> None:
        # The parent is deaf for a second after an error, prints its stack, and gives up for
        # good on a timeout.
        while True:
            try:
                if self._pubsub.subscribed:
                    self._receive_message(
                        await self._pubsub.get_message(
                            ignore_subscribe_messages=True, timeout=LISTEN_SECONDS
                        )
                    )
                    await self._receive_what_came_with_it()
                else:
                    await asyncio.sleep(LISTEN_SECONDS)
            # Any exception: a pub/sub object that reconnects raises more than RedisError.
            except Exception as error:
                logger.warning("listening again: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _receive_what_came_with_it(self) -> None:
        """What one read has brought, without a timeout and a retry for each.

        A connection that has ended is brought back by whoever waits for the next message.
        """
        connection = self._pubsub.connection
        with contextlib.suppress(exceptions.ConnectionError):
            while connection.is_connected and await connection.can_read():
                response = await connection.read_response(
                    timeout=math.inf, disconnect_on_error=False, push_request=True
                )
                self._receive_message(
                    await self._pubsub.handle_message(response, ignore_subscribe_messages=True)
                )

    async def subscribe(self, channel: str) -> None:
        await self._try(super().subscribe, channel)

    async def unsubscribe(self, channel: str) -> None:
        try:
            await self._try(super().unsubscribe, channel)
        except RedisError:
            # What it still brings is for nobody.
            logger.warning("a channel stays subscribed")

    async def _try(self, call: Callable[[str], Awaitable[None]], channel: str) -> None:
        # While the receiving task brings the connection back, another user of it meets it half
        # made, and more than RedisError.
        for _ in range(TRIES):
            try:
                return await call(channel)
            except Exception as error:
                failure = error
                await asyncio.sleep(RETRY_SECONDS)
        raise RedisError("no subscription") from failure

    def _receive_message(self, message: dict[str, Any] | None) -> None:
        # An answer to a health check has no channel.
        if message is not None and message["channel"] is not None:
            self.channel_layer.pass_on(message["channel"].decode(), message["data"])


class LoopLayer(RedisPubSubLoopLayer):
    """One event loop's part of the layer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hosts = decode_hosts(kwargs["hosts"])
        self._shards = [Connection(host, self) for host in hosts]
        self.listeners: dict[str, Listener] = {}

    def pass_on(self, channel: str, data: bytes) -> None:
        """Bring a message to the channels it is for."""
        message = None
        for name in self.groups.get(channel, (channel,)):
            if listener := self.listeners.get(name):
                if message is None:
                    message = self.channel_layer.deserialize(data)
                listener(message)
            elif name in self.channels:
                self.channels[name].put_nowait(data)

    async def _subscribe_to_channel(self, channel: str) -> None:
        self.channels[channel] = DroppingQueue(QUEUE_MESSAGES)
        try:
            await self._get_shard(channel).subscribe(channel)
        except BaseException:
            # Nobody will know its name.
            del self.channels[channel]
            raise


class ReplyChannelLayer(RedisPubSubChannelLayer):
    """Named in `CHANNEL_LAYERS`."""

    def _get_layer(self) -> LoopLayer:
        loop = asyncio.get_running_loop()
        if loop not in self._layers:
            # The parent sees to it that the layer ends with its loop, but makes a plain one.
            super()._get_layer()
            self._layers[loop] = LoopLayer(*self._args, **self._kwargs, channel_layer=self)
        layer: LoopLayer = self._layers[loop]
        return layer

    def listen(self, channel: str, listener: Listener | None) -> None:
        """Call ``listener``, which must not wait, with this channel's messages; None ends it."""
        listeners = self._get_layer().listeners
        if listener is None:
            listeners.pop(channel, None)
        else:
            listeners[channel] = listener

    def local_channel(self) -> str:
        """A name that groups can be joined with: nothing is sent to it but what they bring."""
        name = f"{self._get_layer().prefix}local.{uuid.uuid4().hex}"
        self._get_layer().channels[name] = DroppingQueue(QUEUE_MESSAGES)
        return name

    def forget_channel(self, name: str) -> None:
        """The end of a local channel that has left its groups."""
        self._get_layer().channels.pop(name, None)

    def group_channel(self, group: str) -> str:
        """The Redis channel that `group_send` publishes to, for a pipeline of our own."""
        channel: str = self._get_layer()._get_group_channel_name(group)
        return channel
