"""What an answer cost, and how much fits into a model: from the lists of `genai-prices`."""

from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

import genai_prices
from django.conf import settings
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, Provider

from streaming.providers.base import Usage


def cost_usd(provider: str, model: str, usage: Usage) -> Decimal | None:
    """The list price in US dollars; None where the price or the usage is not known.

    The local model costs nothing; a named endpoint what its address tells, often nothing that is
    known, and so does OPENAI_BASE_URL where it is another vendor's. Prices are those that
    `genai-prices` ships, no network.
    """
    if provider == "local":
        return Decimal(0)
    if usage.input_tokens is None or usage.output_tokens is None:
        return None
    try:
        counted = genai_prices.Usage(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cache_read_tokens=usage.cached_tokens or 0,
            cache_write_tokens=usage.kept_tokens or 0,
        )
        found = _listed(provider, model, _address(provider))
        return found[1].calc_price(counted, found[0]).total_price if found else None
    except (LookupError, ValueError):
        return None


def saved_usd(provider: str, model: str, usage: Usage) -> Decimal | None:
    """What the provider's cache has saved: less than nothing where it was only written to.

    None where it was not used, or the price is not known.
    """
    if not usage.cached_tokens and not usage.kept_tokens:
        return None
    paid = cost_usd(provider, model, usage)
    whole = cost_usd(provider, model, replace(usage, cached_tokens=0, kept_tokens=0))
    return None if paid is None or whole is None else whole - paid


def is_vendors(provider: str) -> bool:
    """Whether the lists know whoever serves at this provider's address: that is billed, also
    for a model whose price is not known."""
    endpoint = settings.CHAT_ENDPOINTS.get(provider)
    return _is_listed(endpoint.base_url if endpoint else settings.OPENAI_BASE_URL)


def _address(provider: str) -> str:
    """What its prices are found by; empty where that is its name."""
    if endpoint := settings.CHAT_ENDPOINTS.get(provider):
        return endpoint.base_url
    # One of one's own is priced as what it stands for.
    is_another = provider == "openai" and _is_listed(settings.OPENAI_BASE_URL)
    return settings.OPENAI_BASE_URL if is_another else ""


@lru_cache(maxsize=64)
def _is_listed(address: str) -> bool:
    try:
        get_snapshot().find_provider(None, None, address)
    except LookupError:
        return False
    return True


def window_tokens(provider: str, model: str) -> int | None:
    """How many tokens fit into this model; None where the list does not say."""
    found = _listed(provider, model, _address(provider))
    return found[1].context_window if found else None


# The lists remember what they have found; what they have not is looked for in all of them.
@lru_cache(maxsize=256)
def _listed(provider: str, model: str, address: str) -> tuple[Provider, ModelInfo] | None:
    by_name, by_address = (None, address) if address else (provider, None)
    try:
        return get_snapshot().find_provider_model(model, None, by_name, by_address)
    except LookupError:
        return None
