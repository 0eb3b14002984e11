"""What a broken connection to Redis looks like to those who use it."""

import asyncio
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from streaming import redis as keys

pytestmark = pytest.mark.usefixtures("redis_client")


async def test_a_closed_transport_is_redis_pys_own_error() -> None:
    redis = keys.client()
    connection: Any = await redis.connection_pool.get_connection()  # type: ignore[no-untyped-call]
    # What uvloop does when the transport was closed under the writer.
    connection._writer.writelines = _closed
    with pytest.raises(RedisConnectionError, match="RuntimeError"):
        await connection.send_command("PING")
    await connection.disconnect(nowait=True)
    await redis.connection_pool.release(connection)
    assert await redis.ping()


async def test_two_readers_of_one_connection_meet_redis_pys_own_error() -> None:
    async with keys.pubsub() as pubsub:
        await pubsub.subscribe("nothing")
        await pubsub.get_message(timeout=1)
        connection: Any = pubsub.connection
        reading = asyncio.create_task(connection.read_response(timeout=5))
        await asyncio.sleep(0)
        with pytest.raises(RedisConnectionError):
            await connection.read_response(timeout=5)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def test_a_command_waits_for_redis_until_patience_ends() -> None:
    patience = keys.Patience()
    tried: list[bool] = []

    async def fail() -> None:
        tried.append(True)
        if len(tried) == 3:
            patience.end()
        raise RedisConnectionError

    async def note(error: Exception) -> None:
        assert isinstance(error, RedisConnectionError)

    with pytest.raises(RedisConnectionError):
        await patience.call_with_retry(fail, note)
    assert len(tried) == 3


def _closed(_: object) -> None:
    raise RuntimeError("unable to perform operation on <TCPTransport closed=True>")
