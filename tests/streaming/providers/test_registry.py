"""One client per provider, process and event loop."""

import asyncio
from typing import Any

import pytest

from streaming.providers import registry
from tests.provider import MockProvider, text_for
from tests.streaming.providers.conftest import ask


@pytest.mark.asyncio
async def test_providers_come_from_the_settings(mock: MockProvider, settings: Any) -> None:
    settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL = "a", mock.url
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "o", mock.openai_url
    settings.CHAT_LOCAL_MODEL_URL = mock.openai_url
    for name in ("anthropic", "openai", "local"):
        made = registry.provider(name)
        assert made.name == name
        assert registry.provider(name) is made
        assert (await ask(made, "Hello")).text == text_for("Hello")
    assert [record.protocol for record in mock.records] == ["anthropic", "openai", "openai"]
    await registry.close_all()


@pytest.mark.asyncio
async def test_an_unknown_provider_is_refused() -> None:
    with pytest.raises(KeyError):
        registry.provider("nobody")


def test_another_loop_has_its_own_client() -> None:
    async def made() -> int:
        one = registry.provider("local")
        await registry.close_all()
        return id(one) if registry.provider("local") is not one else 0

    async def run() -> None:
        assert await made()
        await registry.close_all()

    asyncio.run(run())
    asyncio.run(run())


@pytest.mark.asyncio
async def test_a_server_with_a_base_url_gets_the_older_limit(
    mock: MockProvider, settings: Any
) -> None:
    settings.CHAT_LOCAL_MODEL_URL = mock.openai_url
    await ask(registry.provider("local"), "Hello")
    assert "max_tokens" in mock.records[0].body
    await registry.close_all()
