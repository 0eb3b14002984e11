"""What an answer cost."""

from decimal import Decimal

import genai_prices
from django.conf import settings

from streaming.providers.base import Usage


def cost_usd(provider: str, model: str, usage: Usage) -> Decimal | None:
    """The list price in US dollars; None where the price or the usage is not known.

    The local model costs nothing; a named endpoint what its address tells, often nothing that is
    known. Prices are those that `genai-prices` ships, no network.
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
        )
        if endpoint := settings.CHAT_ENDPOINTS.get(provider):
            price = genai_prices.calc_price(counted, model, provider_api_url=endpoint.base_url)
        else:
            price = genai_prices.calc_price(counted, model, provider_id=provider)
        return price.total_price
    except (LookupError, ValueError):
        return None
