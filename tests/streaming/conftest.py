"""Circuit breakers of two workers, and a model that nobody has asked."""

import uuid
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from streaming import redis as keys
from streaming.breakers import Breakers


@pytest.fixture
def model() -> str:
    return f"openai:{uuid.uuid4().hex}"


@pytest_asyncio.fixture
async def breakers(redis_client: keys.Redis) -> Breakers:
    return Breakers()


@pytest_asyncio.fixture
async def another(redis_client: keys.Redis) -> AsyncIterator[Breakers]:
    """Another worker's, with connections of its own."""
    own = keys.new_client()
    yield Breakers(lambda: own)
    await own.aclose()
    await own.connection_pool.disconnect()
