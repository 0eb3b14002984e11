"""Models that think before they answer."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import orjson
import pytest

from chat.models import Message
from config.catalogue import Model
from streaming import redis as keys
from streaming.chunks import thinking_of
from streaming.delivery import log
from streaming.generation import draft, prompt
from streaming.generation.attempts import so_far
from tests.provider import MockProvider
from tests.streaming.failing.scene import Scene, tried

A = Model("anthropic", "claude-haiku-5-5", "cloud")
B = Model("openai", "gpt-5.4-mini", "regional")
LOCAL = Model("local", "small", "regional")
THOUGHTS = {"anthropic": "Hidden thoughts. ", "openai": "Hidden thoughts. More of them."}


def plan(**words: object) -> str:
    return json.dumps({"thinking": True, "say": "One two three", **words})


def metadata(scene: Scene) -> list[dict[str, object]]:
    frames = [orjson.loads(one["frame"]) for one in scene.entries]
    return [one["metadata"] for one in frames if one["chunk_type"] == "metadata"]


@pytest.mark.parametrize("model", [A, B])
async def test_thoughts_are_chunks_of_their_own_and_no_part_of_the_answer(
    mock: MockProvider, model: Model
) -> None:
    scene = Scene([model], question=plan())
    finished = await scene.make()
    assert finished.status == Message.Status.COMPLETE
    assert finished.content == "One two three"
    assert finished.thinking == THOUGHTS[model.provider]
    assert thinking_of(scene.entries) == finished.thinking
    assert all(set(one) == {"thinking"} for one in metadata(scene))
    said = so_far(scene.entries)
    assert (said.text, said.thinking) == (finished.content, finished.thinking)
    # Who answers is told with the first words, not with a thought.
    assert said.speaker == (model.provider, model.name)
    # A page that is loaded now shows the same.
    progress = await asyncio.to_thread(log.progress, [scene.ids[0]])
    assert progress[scene.ids[0]].thinking == finished.thinking
    assert progress[scene.ids[0]].text == finished.content


async def test_thoughts_are_never_told_to_a_model() -> None:
    said = [
        Message(role="user", content="Hi"),
        Message(role="assistant", content="Hello", thinking="secret"),
        Message(role="user", content="Again"),
    ]
    assert "secret" not in str(prompt.build(A, said))


async def test_the_first_token_is_that_of_the_answer(mock: MockProvider) -> None:
    # The thoughts come with the headers, the first words after the delay.
    finished = await Scene([B], question=plan(delay=0.3)).make()
    (one,) = finished.tries
    assert finished.first_token_ms is not None
    assert finished.first_token_ms >= 300
    assert one["first_token_ms"] >= 300


async def test_a_model_that_thinks_is_alive_until_it_falls_silent(
    mock: MockProvider, settings: Any
) -> None:
    # Longer than the deadline of the first token: what it thinks is a sign of life.
    settings.CHAT_FIRST_TOKEN_TIMEOUT_SECONDS = 0.5
    settings.CHAT_TOKEN_GAP_TIMEOUT_SECONDS = 5
    slow = await Scene([B], question=plan(delay=1)).make()
    assert slow.status == Message.Status.COMPLETE
    settings.CHAT_TOKEN_GAP_TIMEOUT_SECONDS = 0.5
    question = plan(fault="stall", at=0)
    finished = await Scene([B], question=question).make()
    assert finished.status == Message.Status.FAILED
    assert finished.error_code == "provider_timeout"
    assert finished.first_token_ms is None


async def test_a_stop_while_it_thinks_keeps_the_thoughts(mock: MockProvider) -> None:
    scene = Scene([B], question=plan(fault="stall", at=0))
    making = asyncio.create_task(scene.make())
    while True:
        entries = await log.read_all(keys.client(), scene.ids[0])
        if thinking_of(entries) == THOUGHTS["openai"]:
            break
        await asyncio.sleep(0.01)
    scene.stop.ask()
    finished = await making
    assert finished.status == Message.Status.STOPPED
    assert (finished.content, finished.thinking) == ("", THOUGHTS["openai"])
    (one,) = finished.tries
    assert one["is_estimated"]
    # Thoughts are billed as what is written.
    assert one["output_tokens"] == len(THOUGHTS["openai"]) // 4
    assert Decimal(one["cost_usd"]) > 0


@pytest.mark.parametrize(
    ("fault", "kind"), [("cut", "connection"), ("error", "server error"), ("eof", "connection")]
)
async def test_another_is_asked_where_one_breaks_off_while_it_thinks(
    mock: MockProvider, fault: str, kind: str
) -> None:
    question = plan(fault=fault, at=0, times=1)
    scene = Scene([B, A], question=question)
    finished = await scene.make()
    assert finished.status == Message.Status.COMPLETE, finished.error_detail
    assert [name for name, _ in tried(finished)] == ["openai", "anthropic"]
    assert finished.content == "One two three"
    # What the first one thought is void, on the page too.
    assert finished.thinking == THOUGHTS["anthropic"] == thinking_of(scene.entries)
    assert scene.kinds.count("reset") == 1


async def test_a_model_that_thinks_and_says_nothing_has_not_answered(mock: MockProvider) -> None:
    finished = await Scene([B], question=plan(say="", tokens=0)).make()
    assert finished.status == Message.Status.FAILED
    assert [kind for _, kind in tried(finished)] == ["empty answer"]


async def test_thoughts_of_an_attempt_that_died_are_void(mock: MockProvider) -> None:
    scene = Scene([B], question=plan())
    await scene.append(0, "start", "")
    await scene.append(1, "metadata", "", thinking="What the dead one thought.")
    finished = await scene.make(attempt=2)
    assert finished.thinking == THOUGHTS["openai"] == thinking_of(scene.entries)
    assert "reset" in scene.kinds


async def test_thoughts_have_a_bound(mock: MockProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "THINKING_CHARS_MAX", 10)
    scene = Scene([B], question=plan())
    finished = await scene.make()
    assert finished.thinking == "Hidden tho" == thinking_of(scene.entries)
    assert finished.content == "One two three"
