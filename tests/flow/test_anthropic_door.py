"""Anthropic's own client against real processes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx2
import pytest

from tests.flow.compatible import ask, kept, make_key
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until


@pytest.fixture
async def client(stack: Stack, person: Person) -> AsyncIterator[anthropic.AsyncAnthropic]:
    url, key = stack.webs[0].url, make_key(person)
    async with anthropic.AsyncAnthropic(api_key=key, base_url=url, max_retries=0) as made:
        yield made


def told(question: str) -> list[Any]:
    return [{"role": "user", "content": question}]


async def test_a_whole_answer_is_the_providers_and_nothing_of_it_is_kept(
    stack: Stack, client: anthropic.AsyncAnthropic
) -> None:
    question = ask(say="One answer.", cached=2)
    message = await client.messages.create(
        model="anthropic:mock-claude",
        max_tokens=55,
        system=[{"type": "text", "text": "Be brief."}],
        messages=[
            {"role": "user", "content": "First question"},
            {"role": "assistant", "content": [{"type": "text", "text": "First answer"}]},
            *told(question),
        ],
        stop_sequences=["END", "\n"],
        extra_body={"temperature": 0.5},
    )
    (block,) = message.content
    assert block.type == "text"
    assert block.text == "One answer."
    assert (message.role, message.stop_reason) == ("assistant", "end_turn")
    assert message.model == "anthropic:mock-claude"
    assert message.usage.output_tokens > 0
    (asked,) = stack.requests(question)
    assert asked["body"]["system"][0]["text"] == "Be brief."
    assert [one["role"] for one in asked["messages"]] == ["user", "assistant", "user"]
    assert asked["body"]["max_tokens"] == 55
    assert asked["body"]["temperature"] == 0.5
    # One of white space is nothing that Anthropic takes.
    assert asked["body"]["stop_sequences"] == ["END"]
    until(lambda: not kept(stack, question), seconds=30, what=lambda: "kept")


async def test_a_stream_has_all_of_the_protocols_events(client: anthropic.AsyncAnthropic) -> None:
    question = ask(tokens=40)
    async with client.messages.stream(
        model="auto", max_tokens=500, messages=told(question)
    ) as stream:
        kinds = [event.type async for event in stream]
        message = await stream.get_final_message()
    own = [kind for kind in kinds if kind not in ("text", "content_block_delta")]
    assert own == [
        "message_start",
        "content_block_start",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert message.stop_reason == "end_turn"
    assert message.usage.output_tokens > 0
    whole = await client.messages.create(model="auto", max_tokens=500, messages=told(question))
    assert message.content[0].text == whole.content[0].text  # type: ignore[union-attr]


async def test_whoever_leaves_stops_the_provider(
    stack: Stack, client: anthropic.AsyncAnthropic
) -> None:
    question = ask(tokens=2000, rate=20)
    async with client.messages.stream(
        model="anthropic:mock-claude", max_tokens=500, messages=told(question)
    ) as stream:
        await anext(aiter(stream.text_stream))
    ended = lambda: stack.requests(question)[0]["end"] == "closed by client"  # noqa: E731
    what = lambda: str(stack.requests(question))  # noqa: E731
    await asyncio.to_thread(until, ended, seconds=30, what=what)


async def test_the_models_are_listed(client: anthropic.AsyncAnthropic) -> None:
    listed = [model async for model in client.models.list()]
    assert {"auto", "openai:mock", "anthropic:mock-claude"} <= {one.id for one in listed}
    assert (await client.models.retrieve("auto")).display_name == "Auto"


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"model": "claude-none"}, 404, "not_found_error"),
        ({"temperature": 1.5}, 400, "invalid_request_error"),
        ({"max_tokens": 0}, 400, "invalid_request_error"),
        ({"tools": [{"name": "f", "input_schema": {}}]}, 400, "invalid_request_error"),
        ({"messages": []}, 400, "invalid_request_error"),
        ({"messages": [{"role": "system", "content": "x"}]}, 400, "invalid_request_error"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image", "source": {}}]}]},
            400,
            "invalid_request_error",
        ),
        (
            {"messages": [*told("x"), {"role": "assistant", "content": "Once"}]},
            400,
            "invalid_request_error",
        ),
        ({"messages": told("x" * 40_000)}, 413, "request_too_large"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_cannot_be_done_is_refused_in_anthropics_shape(
    client: anthropic.AsyncAnthropic, change: dict[str, Any], status: int, kind: str
) -> None:
    request: dict[str, Any] = {"model": "auto", "max_tokens": 50, "messages": told(ask())}
    with pytest.raises(anthropic.APIStatusError) as refused:
        await client.post("/v1/messages", cast_to=object, body=request | change)
    assert refused.value.status_code == status
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["type"] == "error"
    assert refused.value.body["error"]["type"] == kind
    assert refused.value.body["error"]["message"]


def test_without_a_key_nothing_is_answered(stack: Stack) -> None:
    response = httpx2.post(f"{stack.webs[0].url}/v1/messages", json={})
    assert response.status_code == 401
    assert response.json()["error"]["type"] == "authentication_error"


async def test_a_provider_that_fails_is_told_by_the_status(
    client: anthropic.AsyncAnthropic,
) -> None:
    with pytest.raises(anthropic.APIStatusError) as failed:
        await client.messages.create(
            model="auto", max_tokens=50, messages=told(ask(fault="status", status=500))
        )
    assert failed.value.status_code == 529


async def test_a_stream_that_breaks_off_ends_with_an_error(
    client: anthropic.AsyncAnthropic,
) -> None:
    with pytest.raises(anthropic.APIStatusError) as broken:
        async with client.messages.stream(
            model="auto", max_tokens=500, messages=told(ask(tokens=20, fault="cut", at=9))
        ) as stream:
            _ = [event async for event in stream]
    assert "overloaded_error" in str(broken.value.body)
