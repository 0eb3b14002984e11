"""Hears, in a worker, which replies are to be stopped."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable, Iterator

from streaming import redis as keys
from streaming.background import Background

LISTEN_SECONDS = 1.0
RETRY_SECONDS = 0.5

logger = logging.getLogger("rivulet.stops")


class StopRequest:
    """Whether the person wants no more of a reply; may come before there is one to stop."""

    def __init__(self) -> None:
        self.asked = False
        self.then: Callable[[], None] = lambda: None

    def ask(self) -> None:
        """Note it, and do what was agreed."""
        self.asked = True
        self.then()


class Stops(Background):
    """One per worker process: owns the task that listens. Use with `async with`."""

    def __init__(self) -> None:
        # Several, when a worker gets back a job that it still works on.
        self._watched: dict[uuid.UUID, list[StopRequest]] = {}

    @contextlib.contextmanager
    def watch(self, message_id: uuid.UUID, stop: StopRequest) -> Iterator[None]:
        """Ask ``stop`` when this reply is to be stopped."""
        self._watched.setdefault(message_id, []).append(stop)
        try:
            yield
        finally:
            self._watched[message_id].remove(stop)
            if not self._watched[message_id]:
                del self._watched[message_id]

    async def run(self) -> None:
        while True:
            # Any exception: a pub/sub object that reconnects raises more than RedisError.
            try:
                await self._listen()
            except Exception as error:
                logger.warning("listening for stops again: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        async with keys.pubsub() as pubsub:
            await pubsub.subscribe(keys.stop_channel())
            await self._catch_up()
            while True:
                message = await pubsub.get_message(
                    ignore_subscribe_messages=True, timeout=LISTEN_SECONDS
                )
                if message is not None:
                    self._stop(message["data"])

    async def _catch_up(self) -> None:
        """What was asked for while nobody listened."""
        watched = list(self._watched)
        if not watched:
            return
        pipeline = keys.client().pipeline(transaction=False)
        for message_id in watched:
            pipeline.exists(keys.stop_key(message_id))
        for message_id, asked in zip(watched, await pipeline.execute(), strict=True):
            if asked:
                self._stop(str(message_id).encode())

    def _stop(self, data: bytes) -> None:
        with contextlib.suppress(ValueError):
            for stop in list(self._watched.get(uuid.UUID(data.decode()), ())):
                stop.ask()
