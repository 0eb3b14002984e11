"""What a model says comes out byte for byte, with its finish and its usage."""

import asyncio
import json
import time
from typing import Any

import pytest

from streaming.providers import reading
from streaming.providers.base import Provider, Request, Turn, Usage
from tests.provider import MockProvider, text_for
from tests.streaming.providers.conftest import KEY, ask

pytestmark = pytest.mark.asyncio


def saying(**plan: Any) -> str:
    return f"Please: {json.dumps(plan)}"


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
async def test_text_is_exact_however_the_bytes_are_split(
    provider: Provider, seed: int, newline: str
) -> None:
    message = saying(tokens=60, seed=seed, split=True, newline=newline, ascii=seed % 2 == 1)
    answer = await ask(provider, message)
    assert answer.error is None
    assert answer.text == text_for(message)
    assert len(answer.texts) > 1
    assert answer.finish is not None


async def test_a_burst_comes_in_fewer_pieces_than_tokens(provider: Provider) -> None:
    message = saying(tokens=5000)
    answer = await ask(provider, message)
    assert answer.text == text_for(message)
    assert len(answer.texts) < 2500


async def test_many_answers_at_once_do_not_mix(provider: Provider) -> None:
    messages = [saying(tokens=20, rate=200, seed=seed) for seed in range(40)]
    answers = await asyncio.gather(*(ask(provider, message) for message in messages))
    assert [answer.text for answer in answers] == [text_for(message) for message in messages]


async def test_comments_between_events_are_no_text(provider: Provider) -> None:
    message = saying(tokens=10, comments=True)
    assert (await ask(provider, message)).text == text_for(message)


@pytest.mark.parametrize("plan", [{"tool": True}, {"thinking": True}])
async def test_thoughts_and_tool_calls_are_no_text(
    provider: Provider, plan: dict[str, bool]
) -> None:
    message = saying(tokens=10, **plan)
    answer = await ask(provider, message)
    assert answer.error is None
    assert answer.text == text_for(message)
    assert bool(answer.thoughts) is plan.get("thinking", False)


async def test_an_empty_answer_has_a_finish_and_no_text(provider: Provider) -> None:
    answer = await ask(provider, saying(tokens=0))
    assert answer.texts == []
    assert answer.finish is not None
    assert answer.finish.reason == "stop"


@pytest.mark.parametrize(
    ("provider", "sent", "reason"),
    [
        ("anthropic", "end_turn", "stop"),
        ("anthropic", "stop_sequence", "stop"),
        ("anthropic", "max_tokens", "length"),
        ("anthropic", "model_context_window_exceeded", "length"),
        ("anthropic", "tool_use", "tool_calls"),
        ("anthropic", "refusal", "content_filter"),
        ("anthropic", "pause_turn", "other"),
        ("openai", "stop", "stop"),
        ("openai", "length", "length"),
        ("openai", "content_filter", "content_filter"),
        ("openai", "tool_calls", "tool_calls"),
        ("openai", "function_call", "tool_calls"),
        ("openai", "something_new", "other"),
    ],
    indirect=["provider"],
)
async def test_finish_reasons_are_ours(provider: Provider, sent: str, reason: str) -> None:
    answer = await ask(provider, saying(finish=sent))
    assert answer.finish is not None
    assert answer.finish.reason == reason


async def test_usage_counts_cached_tokens_as_input(provider: Provider, mock: MockProvider) -> None:
    answer = await ask(provider, saying(tokens=17, cached=6, kept=3))
    without = await ask(provider, saying(tokens=17, cached=0, kept=0))
    assert answer.finish is not None
    assert without.finish is not None
    assert answer.finish.usage == Usage(
        input_tokens=without.finish.usage.input_tokens,
        output_tokens=17,
        cached_tokens=6,
        # OpenAI fills its cache by itself, and charges nothing for it.
        kept_tokens=3 if provider.name == "anthropic" else None,
    )
    assert (answer.finish.usage.input_tokens or 0) > 6


async def test_usage_that_nobody_gives_is_unknown(provider: Provider) -> None:
    answer = await ask(provider, saying(usage=False))
    assert answer.finish is not None
    assert answer.finish.usage == Usage(None, None, None)


async def test_an_answer_without_the_last_marker_is_whole_after_its_reason(
    provider: Provider,
) -> None:
    message = saying(done=False)
    answer = await ask(provider, message)
    assert answer.error is None
    assert answer.text == text_for(message)
    assert answer.finish is not None
    assert answer.finish.reason == "stop"


@pytest.mark.parametrize("linger", [0, 0.03])
async def test_a_finished_stream_gives_its_connection_back(
    provider: Provider, mock: MockProvider, linger: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both live in one loop: what holds it up is not the provider's slowness.
    monkeypatch.setattr(reading, "DRAIN_SECONDS", 5)
    for _ in range(3):
        assert (await ask(provider, saying(tokens=3, linger=linger))).finish
    await mock.wait_for(lambda records: all(record.end for record in records))
    assert [record.end for record in mock.records] == ["complete"] * 3
    assert len({record.peer for record in mock.records}) == 1


async def test_a_server_that_does_not_end_its_body_is_not_waited_for(
    provider: Provider, mock: MockProvider
) -> None:
    started = time.monotonic()
    assert (await ask(provider, saying(tokens=3, linger=30))).finish
    assert time.monotonic() - started < 1
    await mock.wait_for(lambda records: records[0].end == "closed by client")


async def test_the_request_says_what_was_asked(provider: Provider, mock: MockProvider) -> None:
    request = Request(
        model="mock?tokens=2",
        turns=(
            Turn("user", "One"),
            Turn("assistant", ""),
            Turn("user", "Two"),
            Turn("assistant", "Three"),
            Turn("user", "Four"),
        ),
        system="Be brief.",
        max_tokens=77,
        temperature=0.5,
    )
    assert (await ask(provider, request)).finish
    (record,) = mock.records
    assert record.headers["authorization"] == f"Bearer {KEY}"
    assert record.headers["accept-encoding"] == "identity"
    assert record.body["stream"] is True
    assert record.body["temperature"] == 0.5
    assert record.body["max_tokens"] == 77
    if provider.name == "anthropic":
        kept = {"cache_control": {"type": "ephemeral"}}
        assert record.body["system"] == [{"type": "text", "text": "Be brief."} | kept]
        assert record.messages[0]["content"] == [{"type": "text", "text": "One\n\nTwo"} | kept]
        assert [said["content"] for said in record.messages[1:]] == ["Three", "Four"]
        assert [m["role"] for m in record.messages] == ["user", "assistant", "user"]
    else:
        roles = [m["role"] for m in record.messages]
        assert roles == ["system", "user", "user", "assistant", "user"]
        assert record.body["stream_options"] == {"include_usage": True}


async def test_what_was_not_asked_is_not_sent(provider: Provider, mock: MockProvider) -> None:
    await ask(provider, saying(tokens=1))
    body = mock.records[0].body
    assert not body.keys() & {"system", "temperature", "tools", "max_completion_tokens"}
    assert [message["role"] for message in body["messages"]] == ["user"]
