"""The channel layer's one connection."""

import asyncio
import logging
import uuid
from typing import Any

import pytest
from channels.layers import get_channel_layer


async def test_an_answer_to_a_ping_is_no_message_and_makes_nobody_deaf(
    redis_client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    layer = get_channel_layer()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    name, group = layer.local_channel(), f"group.{uuid.uuid4().hex}"
    layer.listen(name, heard.put_nowait)
    await layer.group_add(group, name)
    try:
        (connection,) = layer._get_layer()._shards
        with caplog.at_level(logging.WARNING, logger="rivulet.layer"):
            for number in range(3):
                await connection._pubsub.ping("still there?")
                await layer.group_send(group, {"type": "test", "number": number})
                async with asyncio.timeout(10):
                    assert (await heard.get())["number"] == number
        assert not caplog.records
    finally:
        layer.listen(name, None)
        await layer.group_discard(group, name)
        layer.forget_channel(name)
        await layer.flush()
