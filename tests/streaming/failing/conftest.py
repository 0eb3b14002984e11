"""The mock provider under the addresses that the settings name."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from streaming.providers import registry
from tests.provider import MockProvider


@pytest_asyncio.fixture
async def mock(settings: Any, redis_client: object) -> AsyncIterator[MockProvider]:
    async with MockProvider() as server:
        settings.OPENAI_API_KEY = settings.ANTHROPIC_API_KEY = "not a key"
        settings.OPENAI_BASE_URL = settings.CHAT_LOCAL_MODEL_URL = server.openai_url
        settings.ANTHROPIC_BASE_URL = server.url
        yield server
        await registry.close_all()


@pytest.fixture(autouse=True)
def prefix(settings: Any) -> None:
    """Breakers of this test alone."""
    settings.REDIS_PREFIX = f"test-{uuid.uuid4().hex[:8]}"
