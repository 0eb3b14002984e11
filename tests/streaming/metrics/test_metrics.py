"""What is counted, where the sums are, and who may read them."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from chat.finish import Finished
from chat.models import Message, User
from config.catalogue import Catalogue, Model
from streaming import redis as keys
from streaming.loops import OfLoop
from streaming.metrics.exposition import exposition
from streaming.metrics.tally import Tally

SMALL = Model("openai", "small", "regional")


@pytest.fixture(autouse=True)
async def own_figures(valkey: None, settings: Any) -> AsyncIterator[None]:
    settings.REDIS_PREFIX = f"test-{uuid.uuid4().hex[:8]}"
    settings.CHAT_MODELS = Catalogue((), (SMALL,))
    yield
    await keys.close()


def ended(**fields: Any) -> Finished:
    tried = {"provider": "openai", "model": "small", "kind": "", "cost_usd": "0.00000125"}
    values: dict[str, Any] = {
        "id": uuid.uuid4(),
        "attempt": 1,
        "status": Message.Status.COMPLETE,
        "content": "Because.",
        "finished_at": datetime.now(UTC),
        "source": "regional",
        "provider": "openai",
        "model": "small",
        "input_tokens": 20,
        "output_tokens": 5,
        "cost_usd": Decimal("0.00000125"),
        "tries": [tried | {"model": "large", "kind": "timeout", "cost_usd": None}, tried],
        "first_token_ms": 240,
        "processing_time_ms": 4_000,
    }
    return Finished(**(values | fields))


async def figures() -> dict[tuple[str, frozenset[str]], float]:
    """Every sample, by its name and the values of its labels."""
    text = (await sync_to_async(exposition)()).decode()
    return {
        (sample.name.removeprefix("rivulet_"), frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_the_sums_of_all_workers_are_read_from_anywhere() -> None:
    one, other = Tally(), Tally()
    one.ended(ended())
    other.ended(ended(first_token_ms=30))
    failed = ended(status=Message.Status.FAILED, error_code="provider_timeout", tries=[])
    other.ended(failed)
    one.count("edge", "cache_hit", by=3)
    for tally in (one, other):
        await tally.flush()
        await tally.flush()
    assert await keys.client().ttl(keys.metrics_key()) > 0
    found = await figures()
    model = {"regional", "openai", "small"}
    assert found["replies_total", frozenset({"complete", ""} | model)] == 2
    assert found["replies_total", frozenset({"failed", "provider_timeout"} | model)] == 1
    assert found["reply_tokens_total", frozenset({"output", "openai", "small"})] == 15
    assert found["tries_total", frozenset({"openai", "small", "answered"})] == 2
    assert found["tries_total", frozenset({"openai", "large", "timeout"})] == 2
    assert found["cost_usd_total", frozenset({"openai", "small"})] == pytest.approx(0.0000025)
    assert found["edge_total", frozenset({"cache_hit"})] == 3
    assert found["first_token_seconds_bucket", frozenset({"regional", "0.05"})] == 1
    assert found["first_token_seconds_bucket", frozenset({"regional", "0.25"})] == 3
    assert found["first_token_seconds_bucket", frozenset({"regional", "+Inf"})] == 3
    assert found["first_token_seconds_sum", frozenset({"regional"})] == pytest.approx(0.51)
    assert found["reply_seconds_count", frozenset({"regional"})] == 3


async def test_while_redis_is_away_the_counts_are_kept(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tally = Tally()
    tally.count("edge", "instant")
    with monkeypatch.context() as patched:
        patched.setattr(keys, "client", OfLoop(keys.new_client))
        there, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
        await tally.flush()
        await keys.close()
        settings.REDIS_URL = there
    assert await figures() == {
        ("circuit", frozenset({"openai:small", state})): float(state == "closed")
        for state in ("closed", "open", "half open")
    }
    await tally.flush()
    assert (await figures())["edge_total", frozenset({"instant"})] == 1


async def test_an_open_circuit_is_seen() -> None:
    seconds, _ = keys.sync_client().time()
    until_ms = str((seconds + 90) * 1000)
    keys.sync_client().hset(keys.breaker_key(str(SMALL)), mapping={"open_until": until_ms})
    found = await figures()
    assert found["circuit", frozenset({"openai:small", "open"})] == 1
    assert found["circuit", frozenset({"openai:small", "closed"})] == 0


@pytest.mark.django_db
def test_staff_and_who_knows_the_token_may_read_them(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 403
    settings.METRICS_TOKEN = "stones and water"
    token = {"Authorization": "Bearer stones and water"}
    page = client.get("/metrics", headers=token)
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/plain")
    assert b"rivulet_open_sockets 0.0" in page.content
    assert client.get("/metrics", headers={"Authorization": "Bearer sand"}).status_code == 403
    client.force_login(User.objects.create_user("somebody"))
    assert client.get("/metrics").status_code == 403
    client.force_login(User.objects.create_user("staff", is_staff=True))
    assert client.get("/metrics").status_code == 200


@pytest.mark.django_db
def test_without_redis_it_says_so(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.METRICS_TOKEN = "stones"
    settings.REDIS_URL = "unix:///nowhere.sock"
    monkeypatch.setattr(keys, "_sync_client", None)
    answer = client.get("/metrics", headers={"Authorization": "Bearer stones"})
    assert answer.status_code == 503
