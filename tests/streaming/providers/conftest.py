"""The real SDKs, talking to the mock provider over loopback."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from streaming.errors import ProviderError
from streaming.providers.anthropic import AnthropicProvider
from streaming.providers.base import Finish, Provider, Request, Text, Thought, Turn
from streaming.providers.openai import OpenAIProvider
from tests.provider import MockProvider

KEY = "sk-secret-key"


@dataclass
class Answer:
    """What came out of a stream, up to its end or its error."""

    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    finish: Finish | None = None
    error: ProviderError | None = None

    @property
    def text(self) -> str:
        return "".join(self.texts)


@pytest_asyncio.fixture
async def mock() -> AsyncIterator[MockProvider]:
    async with MockProvider() as server:
        yield server


@pytest_asyncio.fixture(params=["anthropic", "openai"])
async def provider(request: pytest.FixtureRequest, mock: MockProvider) -> AsyncIterator[Provider]:
    made: Provider
    if request.param == "anthropic":
        made = AnthropicProvider(api_key=KEY, base_url=mock.url)
    else:
        made = OpenAIProvider(api_key=KEY, base_url=mock.openai_url)
    yield made
    await made.close()


def asking(message: str, model: str = "mock") -> Request:
    return Request(model=model, turns=(Turn("user", message),))


async def ask(provider: Provider, message: str | Request) -> Answer:
    """Read a stream to its end; an error of ours is part of the answer, any other is raised."""
    request = asking(message) if isinstance(message, str) else message
    answer = Answer()
    try:
        async with provider.stream(request) as events:
            async for event in events:
                if isinstance(event, Text):
                    assert event.text, "an empty text is no event"
                    assert answer.finish is None, "text after the finish"
                    answer.texts.append(event.text)
                elif isinstance(event, Thought):
                    assert event.text, "an empty thought is no event"
                    answer.thoughts.append(event.text)
                else:
                    assert answer.finish is None, "two finishes"
                    answer.finish = event
    except ProviderError as error:
        answer.error = error
    return answer
