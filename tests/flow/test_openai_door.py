"""OpenAI's own client against real processes."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest

from tests.flow.assistants import assistant
from tests.flow.compatible import ask, kept, make_key, spent
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until

WAIT = {"seconds": 30}


@pytest.fixture
async def client(stack: Stack, person: Person) -> AsyncIterator[openai.AsyncOpenAI]:
    url = f"{stack.webs[0].url}/v1"
    async with openai.AsyncOpenAI(api_key=make_key(person), base_url=url, max_retries=0) as made:
        yield made


def told(question: str) -> list[Any]:
    return [{"role": "user", "content": question}]


async def test_a_whole_answer_is_the_providers_and_nothing_of_it_is_kept(
    stack: Stack, person: Person, client: openai.AsyncOpenAI
) -> None:
    question = ask(say="One answer.", usage=True)
    answer = await client.chat.completions.create(
        model="openai:mock",
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "First question"},
            {"role": "assistant", "content": "First answer"},
            {"role": "developer", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": question}]},
        ],
        temperature=0.5,
        max_completion_tokens=77,
        stop=["END", "\n\n"],
        seed=3,
        user="somebody",
    )
    (choice,) = answer.choices
    assert choice.message.content == "One answer."
    assert choice.message.role == "assistant"
    assert choice.finish_reason == "stop"
    assert answer.model == "openai:mock"
    assert answer.id.startswith("chatcmpl-")
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.completion_tokens > 0
    (asked,) = stack.requests(question)
    assert asked["messages"] == [
        {"role": "system", "content": "Be brief.\n\nBe kind."},
        {"role": "user", "content": "First question"},
        {"role": "assistant", "content": "First answer"},
        {"role": "user", "content": question},
    ]
    assert asked["body"]["temperature"] == 0.5
    assert asked["body"]["max_tokens"] == 77
    assert asked["body"]["stop"] == ["END", "\n\n"]
    until(lambda: not kept(stack, question), **WAIT, what=lambda: "kept")
    assert spent(person) == 1


async def test_a_stream_is_the_providers_text_and_ends_with_its_usage(
    stack: Stack, client: openai.AsyncOpenAI
) -> None:
    question = ask(tokens=40, usage=True)
    stream = await client.chat.completions.create(
        model="auto",
        messages=told(question),
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)
    whole = await client.chat.completions.create(model="openai:mock", messages=told(question))
    assert text == whole.choices[0].message.content
    *_, finished, last = chunks
    assert finished.choices[0].finish_reason == "stop"
    assert last.choices == []
    assert last.usage
    assert last.usage.completion_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


async def test_an_answer_that_is_cut_off_says_so(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model="openai:mock", messages=told(ask(finish="length")), max_tokens=5
    )
    assert answer.choices[0].finish_reason == "length"


async def test_whoever_leaves_stops_the_provider(
    stack: Stack, person: Person, client: openai.AsyncOpenAI
) -> None:
    question = ask(tokens=2000, rate=20)
    stream = await client.chat.completions.create(
        model="openai:mock", messages=told(question), stream=True
    )
    async for chunk in stream:
        if chunk.choices[0].delta.content:
            break
    await stream.close()
    ended = lambda: stack.requests(question)[0]["end"] == "closed by client"  # noqa: E731
    await asyncio.to_thread(until, ended, **WAIT, what=lambda: str(stack.requests(question)))
    await asyncio.to_thread(
        until, lambda: not kept(stack, question), **WAIT, what=lambda: "still kept"
    )
    # It was paid for.
    await asyncio.to_thread(until, lambda: spent(person) == 1, **WAIT, what=lambda: "not charged")


async def test_a_key_may_keep_its_conversations(stack: Stack, person: Person) -> None:
    question, secret = ask(say="River and stone."), make_key(person, keeps=True)
    url = f"{stack.webs[0].url}/v1"
    async with openai.AsyncOpenAI(api_key=secret, base_url=url) as client:
        said = [*told("The very first question"), {"role": "assistant", "content": "Yes."}]
        answer = await client.chat.completions.create(
            model="openai:mock", messages=[*said, *told(question)]
        )
    assert answer.choices[0].message.content == "River and stone."
    (conversation_id,) = kept(stack, question)
    page = person.get(f"/chat/{conversation_id}/").text
    assert "The very first question" in page
    assert "<p>River and stone.</p>" in page
    assert "The very first question" in person.get("/chat/").text


async def test_a_passing_conversation_is_on_no_page(
    stack: Stack, person: Person, client: openai.AsyncOpenAI
) -> None:
    question = ask("Peculiar", tokens=400, rate=40)
    stream = await client.chat.completions.create(
        model="openai:mock", messages=told(question), stream=True
    )
    (conversation_id,) = kept(stack, question)
    assert person.get(f"/chat/{conversation_id}/").status_code == 404
    assert "Peculiar" not in person.get("/chat/").text
    await stream.close()


async def test_assistants_and_models_are_listed_and_answer(
    stack: Stack, client: openai.AsyncOpenAI
) -> None:
    with assistant(stack, "You are a cook.") as made:
        listed = {one.id: one async for one in client.models.list()}
        assert {"auto", "openai:mock", "anthropic:mock-claude"} <= listed.keys()
        # SQLite keeps its name, an id, without the dashes.
        (listed_id,) = (
            each for each in listed if each.replace("-", "").endswith(made.replace("-", ""))
        )
        assert (await client.models.retrieve(listed_id)).id == listed_id
        name = f"assistant:{made}"
        question = ask()
        answer = await client.chat.completions.create(
            model=name, messages=[{"role": "system", "content": "No eggs."}, *told(question)]
        )
        assert answer.model == "anthropic:mock-claude"
        (asked,) = stack.requests(question)
        assert asked["body"]["system"][0]["text"] == "You are a cook.\n\nNo eggs."
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("assistant:nobody")


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"model": "gpt-none"}, 404, None),
        ({"n": 2}, 400, "n"),
        ({"temperature": 3}, 400, "temperature"),
        ({"max_tokens": 0}, 400, "max_tokens"),
        ({"stop": list("abcde")}, 400, "stop"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, 400, "tools"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format"),
        ({"messages": []}, 400, "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, 400, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, 400, "messages.0.role"),
        ({"messages": [{"role": "user", "content": " "}]}, 400, "messages.0.content"),
        ({"messages": [{"role": "user", "content": "\0"}]}, 400, "messages.0.content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            400,
            "messages.0.content.0",
        ),
        ({"messages": [{"role": "user", "content": "x" * 40_000}]}, 413, None),
        ({"messages": [{"role": "user", "content": "x" * 5_000_000}]}, 413, None),
        ({"messages": told("x") * 1001}, 400, "messages"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_cannot_be_done_is_refused_in_openais_shape(
    client: openai.AsyncOpenAI, change: Any, status: int, param: str | None
) -> None:
    request: Any = {"model": "openai:mock", "messages": told(ask()), **change}
    with pytest.raises(openai.APIStatusError) as refused:
        await client.chat.completions.create(**request)
    assert refused.value.status_code == status
    assert isinstance(refused.value.body, dict)
    assert refused.value.body.keys() == {"message", "type", "param", "code"}
    assert refused.value.body["message"]
    assert refused.value.param == param


def test_without_a_key_or_json_nothing_is_answered(stack: Stack, person: Person) -> None:
    url = f"{stack.webs[0].url}/v1/chat/completions"
    no_scope = {"Authorization": f"Bearer {make_key(person, 'history')}"}
    good = {"Authorization": f"Bearer {make_key(person)}"}
    answers = [
        (httpx2.post(url, json={}), 401),
        (httpx2.post(url, json={}, headers={"Authorization": "Bearer rvl_wrong"}), 401),
        (httpx2.post(url, json={}, headers=no_scope), 403),
        (httpx2.post(url, content="{", headers=good | {"Content-Type": "application/json"}), 400),
        (httpx2.post(url, content="[]", headers=good | {"Content-Type": "application/json"}), 400),
        (httpx2.post(url, data={"model": "x"}, headers=good), 415),
        (httpx2.get(url, headers=good), 405),
        (httpx2.post(f"{url}/more", json={}, headers=good), 404),
    ]
    for response, status in answers:
        assert response.status_code == status, response.text
        (error,) = response.json().values()
        assert error.keys() == {"message", "type", "param", "code"}


async def test_a_provider_that_fails_is_told_by_the_status_and_may_be_asked_again(
    client: openai.AsyncOpenAI,
) -> None:
    for stream in (False, True):
        with pytest.raises(openai.InternalServerError) as failed:
            await client.chat.completions.create(
                model="openai:mock", messages=told(ask(fault="status", status=500)), stream=stream
            )
        assert failed.value.status_code == 503
        assert failed.value.code == "provider_unavailable"


async def test_a_stream_that_breaks_off_ends_with_an_error(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="openai:mock", messages=told(ask(tokens=20, fault="cut", at=9)), stream=True
    )
    with pytest.raises(openai.APIError) as broken:
        _ = [chunk async for chunk in stream]
    assert broken.value.code == "provider_unavailable"


async def test_the_stream_is_server_sent_events_that_end_with_done(
    stack: Stack, person: Person
) -> None:
    body = {"model": "auto", "messages": told(ask()), "stream": True}
    headers = {"Authorization": f"Bearer {make_key(person)}"}
    async with httpx2.AsyncClient(timeout=30) as http:
        url = f"{stack.webs[0].url}/v1/chat/completions"
        response = await http.post(url, json=body, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = [line for line in response.text.split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    assert all(json.loads(line.removeprefix("data: ")) for line in lines[:-1])
