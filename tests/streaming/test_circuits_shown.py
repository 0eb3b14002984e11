"""Staff see where the circuit breakers stand: on a page, and on the command line."""

import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from chat.models import User
from config.catalogue import Catalogue, Model
from streaming import redis as keys

LARGE, SMALL = Model("openai", "large", "cloud"), Model("anthropic", "small", "regional")


@pytest.fixture(autouse=True)
def opened(valkey: None, settings: Any) -> None:
    """One of two circuits is open."""
    settings.CHAT_MODELS = Catalogue((LARGE,), (SMALL,))
    settings.REDIS_PREFIX = f"test-{uuid.uuid4().hex[:8]}"
    seconds, _ = keys.sync_client().time()
    until_ms = str((seconds + 90) * 1000)
    values: Any = {"open_until": until_ms, "failures": 5, "kind": "rate limited"}
    keys.sync_client().hset(keys.breaker_key(str(LARGE)), mapping=values)


def test_the_command_prints_all_and_fails_while_one_is_open(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as left:
        call_command("check_providers")
    assert left.value.code == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("openai:large     open       rate limited, 5 failures, ")
    assert second == "anthropic:small  closed"
    keys.sync_client().delete(keys.breaker_key(str(LARGE)))
    call_command("check_providers")


def test_without_redis_the_command_says_so(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = "unix:///nowhere.sock"
    monkeypatch.setattr(keys, "_sync_client", None)
    with pytest.raises(SystemExit, match="Redis does not answer"):
        call_command("check_providers")


@pytest.mark.django_db
def test_the_page_shows_all_to_staff_only() -> None:
    client = Client()
    assert client.get(reverse("providers")).status_code == 302
    client.force_login(User.objects.create_user("ada"))
    assert client.get(reverse("providers")).status_code == 302
    client.force_login(User.objects.create_superuser("keeper", password="x"))
    page = client.get(reverse("providers")).content.decode()
    for words in ("openai:large", "<td>open</td>", "rate limited", "anthropic:small", "closed"):
        assert words in page, words
    assert reverse("providers") in client.get(reverse("admin:index")).content.decode()


@pytest.mark.django_db
def test_without_redis_the_page_says_that_it_does_not_know(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "unix:///nowhere.sock"
    monkeypatch.setattr(keys, "_sync_client", None)
    client = Client()
    client.force_login(User.objects.create_superuser("keeper", password="x"))
    assert "<td>unknown</td>" in client.get(reverse("providers")).content.decode()
