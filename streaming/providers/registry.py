"""The providers of this process: one shared client each, per event loop."""

from collections.abc import Callable

from django.conf import settings

from config.endpoints import Endpoint
from streaming.loops import OfLoop
from streaming.providers.anthropic import AnthropicProvider
from streaming.providers.base import Provider
from streaming.providers.openai import OpenAIProvider

# A client's connections belong to the loop that opened them.
_providers: OfLoop[dict[str, Provider]] = OfLoop(dict)


def provider(name: str) -> Provider:
    """The provider of that name in the catalogue. Raises KeyError for any other name."""
    ours = _providers()
    if name not in ours:
        endpoint = settings.CHAT_ENDPOINTS.get(name)
        ours[name] = _endpoint(endpoint) if endpoint else _MAKERS[name]()
    return ours[name]


async def close_all() -> None:
    """Close this loop's clients and what they still have open."""
    for one in (_providers.give_up() or {}).values():
        await one.close()


def _anthropic() -> Provider:
    return AnthropicProvider(
        api_key=settings.ANTHROPIC_API_KEY, base_url=settings.ANTHROPIC_BASE_URL
    )


def _openai() -> Provider:
    return OpenAIProvider(
        api_key=settings.OPENAI_API_KEY,
        base_url=settings.OPENAI_BASE_URL,
        continues=settings.OPENAI_CONTINUES,
    )


def _local() -> Provider:
    return OpenAIProvider(name="local", base_url=settings.CHAT_LOCAL_MODEL_URL, continues=True)


def _endpoint(endpoint: Endpoint) -> Provider:
    return OpenAIProvider(
        name=endpoint.name,
        api_key=endpoint.key,
        base_url=endpoint.base_url,
        continues=endpoint.continues,
    )


_MAKERS: dict[str, Callable[[], Provider]] = {
    "anthropic": _anthropic,
    "openai": _openai,
    "local": _local,
}
