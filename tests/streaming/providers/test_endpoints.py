"""Servers by name: who is asked, and what they offer."""

import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from chat.models import Message
from chat.views.choices import choices
from config.catalogue import Model
from config.endpoints import Endpoint
from streaming import discovered
from streaming.discovered import MODELS_MAX, names_in, offered, offered_now, offered_to_pages
from streaming.errors import BadFrame
from streaming.generation.discovery import look
from streaming.intake.checks import choose
from streaming.providers import registry
from streaming.providers.base import Usage
from streaming.providers.prices import cost_usd
from streaming.routing import route
from tests.provider import MockProvider, text_for
from tests.streaming.providers.conftest import ask

SOME = Usage(input_tokens=1000, output_tokens=500)


@pytest_asyncio.fixture
async def named(mock: MockProvider, settings: Any, redis_client: object) -> AsyncIterator[Endpoint]:
    settings.REDIS_PREFIX = f"test-{uuid.uuid4().hex[:8]}"
    endpoint = Endpoint("gpu", mock.openai_url, "sk-of-gpu")
    settings.CHAT_ENDPOINTS = {
        "gpu": endpoint,
        "away": Endpoint("away", "http://127.0.0.1:9/v1"),
        "deepseek": Endpoint("deepseek", "https://api.deepseek.com/v1"),
    }
    discovered.forget()
    yield endpoint
    discovered.forget()
    await registry.close_all()


async def test_each_is_asked_with_its_own_key(named: Endpoint, mock: MockProvider) -> None:
    assert (await ask(registry.provider("gpu"), "Hello")).text == text_for("Hello")
    (request,) = mock.records
    assert request.headers["authorization"] == "Bearer sk-of-gpu"
    assert registry.provider("gpu").name == "gpu"


async def test_what_it_has_is_offered_and_can_be_chosen(named: Endpoint, settings: Any) -> None:
    assert await offered() == ()
    await look(named)
    discovered.forget()
    models = await offered()
    assert models
    assert models == offered_now() == offered_to_pages()
    assert {str(one) for one in models} <= {
        one.value for one in choices(settings.CHAT_MODELS, None)
    }
    chosen = str(models[0])
    assert await choose(settings.CHAT_MODELS, chosen) == ("gpu", models[0].name)
    reply = Message(role="assistant", provider="gpu", model=models[0].name)
    first, *others = route.candidates(settings.CHAT_MODELS, reply, "cloud")
    assert str(first) == chosen
    # Without it, others answer; nobody else is ever given it.
    assert others == list(settings.CHAT_MODELS.models)
    with pytest.raises(BadFrame):
        await choose(settings.CHAT_MODELS, "gpu:nobody")


async def test_an_endpoint_that_is_away_harms_nobody(named: Endpoint, settings: Any) -> None:
    await look(settings.CHAT_ENDPOINTS["away"])
    assert await offered() == ()


async def test_what_was_chosen_of_an_endpoint_that_is_no_more(settings: Any) -> None:
    reply = Message(role="assistant", provider="gone", model="x")
    assert route.candidates(settings.CHAT_MODELS, reply, "cloud") == list(
        settings.CHAT_MODELS.models
    )


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ({"data": [{"id": "b"}, {"id": "a"}, {"id": "a"}]}, ["a", "b"]),
        ({"data": [{"id": 1}, {"name": "x"}, "y", {"id": ""}, {"id": "x" * 500}]}, []),
        ({"data": [{"id": "new\nline"}, {"id": "ok"}]}, ["ok"]),
        ({"data": None}, []),
        ([], []),
        (None, []),
    ],
)
def test_names_of_any_shape(answer: object, names: list[str]) -> None:
    assert names_in(answer) == names


def test_the_list_has_a_bound() -> None:
    assert len(names_in({"data": [{"id": f"m{n}"} for n in range(5000)]})) == MODELS_MAX


async def test_a_price_is_known_by_the_address_or_not_at_all(named: Endpoint) -> None:
    assert cost_usd("gpu", "gpt-5.5", SOME) is None
    cost = cost_usd("deepseek", "deepseek-chat", SOME)
    assert isinstance(cost, Decimal)
    assert cost > 0


async def test_listed_models_are_not_offered_twice(named: Endpoint, settings: Any) -> None:
    await look(named)
    (first, *_) = offered_now()
    settings.CHAT_MODELS = type(settings.CHAT_MODELS)(
        cloud=(Model("gpu", first.name, "cloud"),), regional=()
    )
    assert first not in offered_now()
