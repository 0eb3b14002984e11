"""What answers cost, what caches save, and how much fits into a model."""

from decimal import Decimal
from typing import Any

import pytest

from config.catalogue import Model
from streaming.failures import Kind
from streaming.generation.tries import Try
from streaming.providers.base import Request, Turn, Usage
from streaming.providers.prices import cost_usd, saved_usd, window_tokens

SONNET = ("anthropic", "claude-sonnet-5-5")


def test_what_a_cache_has_saved_and_what_was_paid_is_what_it_would_have_cost() -> None:
    usage = Usage(input_tokens=50_000, output_tokens=10, cached_tokens=45_000)
    paid, saved = cost_usd(*SONNET, usage), saved_usd(*SONNET, usage)
    whole = cost_usd(*SONNET, Usage(input_tokens=50_000, output_tokens=10))
    assert paid is not None
    assert saved is not None
    assert paid + saved == whole
    assert saved > paid


def test_filling_a_cache_costs_more_than_it_saves_at_first() -> None:
    saved = saved_usd(*SONNET, Usage(input_tokens=9000, output_tokens=10, kept_tokens=8000))
    assert saved is not None
    assert saved < 0


@pytest.mark.parametrize(
    ("model", "usage"),
    [
        (SONNET, Usage(input_tokens=9000, output_tokens=10, cached_tokens=0, kept_tokens=0)),
        (SONNET, Usage(input_tokens=9000, output_tokens=10)),
        (("openai", "nobody-knows"), Usage(input_tokens=9, output_tokens=1, cached_tokens=5)),
    ],
)
def test_without_a_cache_or_a_price_nothing_is_said_of_savings(
    model: tuple[str, str], usage: Usage
) -> None:
    assert saved_usd(*model, usage) is None


def test_savings_are_kept_with_the_try() -> None:
    one = Try(Model(*SONNET, "cloud"))
    one.usage = Usage(input_tokens=50_000, output_tokens=10, cached_tokens=45_000, kept_tokens=99)
    kept = one.kept()
    assert (kept["cached_tokens"], kept["kept_tokens"]) == (45_000, 99)
    assert Decimal(kept["saved_usd"]) == saved_usd(*SONNET, one.usage)


@pytest.mark.parametrize(
    ("address", "model", "known"),
    [
        ("https://openrouter.ai/api/v1", "openai/gpt-4o", True),
        ("https://openrouter.ai/api/v1", "nobody-knows", False),
        # One of one's own is priced as what it stands for.
        ("http://127.0.0.1:1/v1", "gpt-4o", True),
        ("http://127.0.0.1:1/v1", "openai/gpt-4o", False),
    ],
)
def test_another_vendors_address_has_that_vendors_prices(
    settings: Any, address: str, model: str, known: bool
) -> None:
    settings.OPENAI_BASE_URL = address
    cost = cost_usd("openai", model, Usage(input_tokens=9, output_tokens=1))
    assert (cost is not None) is known


def test_the_lists_know_how_much_fits_into_a_model() -> None:
    assert window_tokens("openai", "gpt-4o") == 128_000
    assert window_tokens("openai", "nobody-knows") is None
    assert window_tokens("local", "smollm2-135m-instruct") is None
    assert window_tokens("nobody", "gpt-4o") is None


@pytest.mark.parametrize(("text", "tokens"), [("where? ", 7), ("川はどこから", 18), ("😀", 4)])
def test_what_nobody_has_counted_is_guessed_in_bytes(text: str, tokens: int) -> None:
    request = Request(model=SONNET[1], turns=(Turn("user", text * 4),))
    one = Try.of(Model(*SONNET, "cloud"), request)
    one.kind = Kind.STOPPED
    assert (one.counted.input_tokens, one.is_estimated) == (tokens, True)
