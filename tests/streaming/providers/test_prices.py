"""What an answer cost, to the last digit."""

import socket
from decimal import Decimal

import pytest

from config import catalogue
from streaming.providers.base import Usage
from streaming.providers.prices import cost_usd

SOME = Usage(input_tokens=1000, output_tokens=500, cached_tokens=200)


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("prices need no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize(
    ("provider", "model"),
    [*catalogue.DEFAULT_CLOUD.items(), *catalogue.DEFAULT_REGIONAL.items()],
)
def test_every_default_model_has_a_price(provider: str, model: str) -> None:
    cost = cost_usd(provider, model, SOME)
    assert isinstance(cost, Decimal)
    assert cost > 0


def test_a_price_is_exact() -> None:
    # $3 and $15 per million tokens, $0.30 for cached ones.
    assert cost_usd("anthropic", "claude-sonnet-4-5", SOME) == Decimal("0.00996")


def test_cached_tokens_are_part_of_the_input_and_cheaper() -> None:
    fresh = Usage(input_tokens=1000, output_tokens=500, cached_tokens=0)
    cached = cost_usd("openai", "gpt-5.5", SOME)
    assert cached is not None
    assert cached < (cost_usd("openai", "gpt-5.5", fresh) or 0)


def test_unknown_cached_tokens_count_as_none() -> None:
    unknown = Usage(input_tokens=1000, output_tokens=500)
    fresh = Usage(input_tokens=1000, output_tokens=500, cached_tokens=0)
    assert cost_usd("openai", "gpt-5.5", unknown) == cost_usd("openai", "gpt-5.5", fresh)


@pytest.mark.parametrize(
    "usage", [Usage(), Usage(input_tokens=5), Usage(output_tokens=5), Usage(cached_tokens=5)]
)
def test_unknown_usage_has_no_price(usage: Usage) -> None:
    assert cost_usd("anthropic", "claude-sonnet-5-5", usage) is None


@pytest.mark.parametrize("model", ["my-own-model", "", "llama3.2:1b"])
def test_unknown_models_have_no_price(model: str) -> None:
    assert cost_usd("openai", model, SOME) is None


def test_usage_that_cannot_be_has_no_price() -> None:
    impossible = Usage(input_tokens=10, output_tokens=5, cached_tokens=20)
    assert cost_usd("anthropic", "claude-sonnet-5-5", impossible) is None


def test_the_local_model_costs_nothing() -> None:
    assert cost_usd("local", catalogue.LOCAL_MODEL, Usage()) == Decimal(0)
