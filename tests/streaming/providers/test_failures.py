"""Whatever a provider does wrong becomes one of our own errors, and tells no secrets."""

import json
import re
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

from streaming.errors import (
    ProviderError,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
)
from streaming.providers import faults
from streaming.providers.anthropic import AnthropicProvider
from streaming.providers.base import Provider
from streaming.providers.openai import OpenAIProvider
from tests.provider import MockProvider, text_for
from tests.streaming.providers.conftest import Answer, ask

pytestmark = pytest.mark.asyncio

PROMPT = "my private words"


async def failing(provider: Provider, **plan: Any) -> Answer:
    """Ask for a failure and check what holds for every one of them."""
    message = f"{PROMPT} {json.dumps({'tokens': 40} | plan)}"
    answer = await ask(provider, message)
    assert answer.error is not None
    assert answer.finish is None
    check_detail(answer.error, provider.name)
    if "at" in plan:
        # The garbled token may bring readable text before it, never other text.
        assert answer.text == text_for(message, upto=plan["at"])
    return answer


def check_detail(error: ProviderError, name: str) -> None:
    assert error.detail.startswith(f"{name} ")
    assert len(error.detail) <= 300
    assert re.fullmatch(r"[A-Za-z0-9_.: -]+", error.detail)
    for text in (error.detail, error.sentence, str(error)):
        assert "sk-" not in text
        assert "private" not in text
        assert "secret" not in text


@pytest.mark.parametrize("at", [0, 1, 20])
@pytest.mark.parametrize("fault", ["cut", "close", "eof", "error", "garbage", "shape", "utf8"])
@pytest.mark.parametrize("rate", [0, 400])
async def test_a_stream_that_breaks_is_unavailable_and_keeps_its_text(
    provider: Provider, fault: str, at: int, rate: int
) -> None:
    if fault == "cut":
        # A reset may throw away what the network has not delivered yet.
        message = f"{PROMPT} {json.dumps({'tokens': 40, 'fault': fault, 'at': at, 'rate': rate})}"
        answer = await ask(provider, message)
        assert text_for(message, upto=at).startswith(answer.text)
    else:
        answer = await failing(provider, fault=fault, at=at, rate=rate)
    assert type(answer.error) is ProviderUnavailable
    assert answer.error.code == "provider_unavailable"
    assert answer.error.retryable


@pytest.mark.parametrize("fault", ["garbage", "utf8", "shape"])
async def test_garbage_is_called_garbage(provider: Provider, fault: str) -> None:
    answer = await failing(provider, fault=fault, at=3)
    assert answer.error is not None
    assert "garbage" in answer.error.detail


@pytest.mark.parametrize("fault", ["html", "json"])
async def test_a_document_instead_of_a_stream_is_garbage(provider: Provider, fault: str) -> None:
    answer = await failing(provider, fault=fault, status=200)
    assert type(answer.error) is ProviderUnavailable
    assert "document" in answer.error.detail


async def test_a_connection_reset_before_the_headers_is_unavailable(provider: Provider) -> None:
    answer = await failing(provider, fault="refuse")
    assert type(answer.error) is ProviderUnavailable


@pytest.mark.parametrize("name", ["anthropic", "openai"])
@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_a_server_that_is_not_there_is_unavailable(name: str, host: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://{host}:{unused.getsockname()[1]}"
        made = {"anthropic": AnthropicProvider, "openai": OpenAIProvider}[name]
        provider: Provider = made(api_key="k", base_url=url)
        answer = await ask(provider, PROMPT)
        await provider.close()
    assert type(answer.error) is ProviderUnavailable
    check_detail(answer.error, name)


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
@pytest.mark.parametrize("fault", ["status", "html"])
async def test_a_status_that_may_pass_is_unavailable(
    provider: Provider, status: int, fault: str
) -> None:
    answer = await failing(provider, fault=fault, status=status)
    assert type(answer.error) is ProviderUnavailable
    assert str(status) in answer.error.detail


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, ProviderRejected.sentence),
        (413, faults.TOO_LONG),
        (422, ProviderRejected.sentence),
    ],
)
async def test_a_status_that_will_not_pass_is_rejected_with_a_sentence(
    provider: Provider, status: int, sentence: str
) -> None:
    answer = await failing(provider, fault="status", status=status)
    assert type(answer.error) is ProviderRejected
    assert answer.error.sentence == sentence
    assert not answer.error.retryable


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(401, faults.CREDENTIALS), (403, faults.CREDENTIALS), (404, faults.UNKNOWN_MODEL)],
)
async def test_what_the_operator_can_put_right_is_worth_another_try(
    provider: Provider, status: int, sentence: str
) -> None:
    answer = await failing(provider, fault="status", status=status)
    assert type(answer.error) is ProviderUnavailable
    assert answer.error.sentence == sentence
    assert answer.error.retryable


async def test_a_conversation_that_is_too_long_says_so(provider: Provider) -> None:
    answer = await failing(provider, fault="status", status=400, error="context_length_exceeded")
    assert answer.error is not None
    assert answer.error.sentence == faults.TOO_LONG


@pytest.mark.parametrize("words", ["prompt is too long: 9 tokens", "Maximum context length is 9"])
async def test_a_conversation_that_is_too_long_is_seen_without_a_code(
    provider: Provider, words: str
) -> None:
    plan = json.dumps({"fault": "status", "status": 400})
    answer = await ask(provider, f"{words} {PROMPT} {plan}")
    assert answer.error is not None
    assert answer.error.sentence == faults.TOO_LONG
    check_detail(answer.error, provider.name)


async def test_the_detail_names_status_and_type(provider: Provider) -> None:
    answer = await failing(provider, fault="status", status=529, error="overloaded_error")
    assert answer.error is not None
    assert "529" in answer.error.detail
    assert "overloaded_error" in answer.error.detail


async def test_words_of_the_provider_are_sanitised(provider: Provider) -> None:
    word = "so\nbad <b>%s</b>" + "x" * 500
    answer = await failing(provider, fault="status", status=500, error=word)
    assert answer.error is not None
    assert "sobad" in answer.error.detail
    assert "x" * 100 not in answer.error.detail


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("0.5", 0.5, 0.5),
        # Until a day's limit begins anew.
        ("40000", 3600, 3600),
        (timedelta(days=1), 3600, 3600),
        (timedelta(seconds=90), 60, 90),
        (timedelta(days=-2), 0, 0),
    ],
)
async def test_retry_after_is_read_as_seconds_or_date(
    provider: Provider, header: str | timedelta, low: float, high: float
) -> None:
    if isinstance(header, timedelta):
        header = format_datetime(datetime.now(UTC) + header, usegmt=True)
    answer = await failing(provider, fault="status", status=429, retry_after=header)
    assert answer.error is not None
    assert answer.error.retry_after is not None
    assert low <= answer.error.retry_after <= high


@pytest.mark.parametrize("header", ["", "soon", "inf", "nan", "99999999999"])
async def test_a_retry_after_without_sense_is_none(provider: Provider, header: str) -> None:
    answer = await failing(provider, fault="status", status=503, retry_after=header)
    assert answer.error is not None
    assert answer.error.retry_after is None


@pytest.mark.parametrize("kind", ["overloaded_error", "api_error", "rate_limit_error", "new_one"])
async def test_an_error_event_is_unavailable_and_named(provider: Provider, kind: str) -> None:
    answer = await failing(provider, fault="error", at=4, error=kind)
    assert type(answer.error) is ProviderUnavailable
    assert kind in answer.error.detail


@pytest.mark.parametrize("kind", ["invalid_request_error", "content_policy_violation"])
async def test_an_error_event_about_the_request_is_rejected(provider: Provider, kind: str) -> None:
    answer = await failing(provider, fault="error", at=4, error=kind)
    assert type(answer.error) is ProviderRejected


async def test_a_failure_is_not_retried(provider: Provider, mock: MockProvider) -> None:
    for plan in ({"status": 500}, {"status": 429, "retry_after": "0"}):
        mock.records.clear()
        await failing(provider, fault="status", **plan)
        assert len(mock.records) == 1


async def test_a_fault_planned_once_happens_once(provider: Provider) -> None:
    message = f"{PROMPT} {json.dumps({'tokens': 5, 'fault': 'status', 'times': 1})}"
    assert (await ask(provider, message)).error is not None
    assert (await ask(provider, message)).text == text_for(message)


@pytest.mark.parametrize("name", ["anthropic", "openai"])
async def test_a_server_that_never_accepts_is_a_timeout(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full backlog: the kernel leaves further connections unanswered."""
    module = f"streaming.providers.{name}"
    monkeypatch.setattr(f"{module}.TIMEOUT", httpx2.Timeout(5.0, connect=0.2))
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        made = {"anthropic": AnthropicProvider, "openai": OpenAIProvider}[name]
        provider: Provider = made(api_key="k", base_url=f"http://127.0.0.1:{full.getsockname()[1]}")
        answer = await ask(provider, PROMPT)
        await provider.close()
    assert type(answer.error) is ProviderTimeout
    check_detail(answer.error, name)
