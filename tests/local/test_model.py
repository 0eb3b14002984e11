"""The model that ships with the project answers, as any OpenAI-compatible server does."""

from collections.abc import Callable, Iterator

import pytest
from openai import OpenAI

from config.catalogue import LOCAL_MODEL
from config.local.model import CONTEXT_TOKENS
from streaming.providers.openai import GO_ON
from tests.local.processes import Running, free_port, python

Launch = Callable[..., Running]


@pytest.fixture
def client(launch: Launch) -> Iterator[OpenAI]:
    port = free_port()
    running = launch(*python("manage.py", "run_model"), **environment(port))
    running.wait_for(f"{LOCAL_MODEL} is served at http://127.0.0.1:{port}/v1", seconds=120)
    with OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", timeout=60) as client:
        yield client
    running.process.terminate()
    assert running.status() == 0


def environment(port: int) -> dict[str, str]:
    return {"CHAT_LOCAL_MODEL_URL": f"http://127.0.0.1:{port}/v1", "SECRET_KEY": "test"}


def test_it_streams_an_answer(client: OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model=LOCAL_MODEL,
            messages=[{"role": "user", "content": "Say hello."}],
            max_tokens=24,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text.strip()
    assert {chunk.model for chunk in chunks} == {LOCAL_MODEL}
    usage = chunks[-1].usage
    assert usage is not None
    assert 0 < usage.completion_tokens <= 24


def test_it_goes_on_from_the_beginning_of_an_answer(client: OpenAI) -> None:
    beginning = "The capital of France is"
    chunks = client.chat.completions.create(
        model=LOCAL_MODEL,
        messages=[
            {"role": "user", "content": "What is the capital of France?"},
            {"role": "assistant", "content": beginning},
        ],
        max_tokens=8,
        temperature=0,
        stream=True,
        extra_body=GO_ON,
    )
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text.startswith(" Paris"), text


def test_every_slot_has_the_promised_context(client: OpenAI) -> None:
    words = "river " * (CONTEXT_TOKENS - 400)
    answer = client.chat.completions.create(
        model=LOCAL_MODEL, messages=[{"role": "user", "content": words}], max_tokens=4
    )
    assert answer.usage is not None
    assert CONTEXT_TOKENS - 400 < answer.usage.prompt_tokens < CONTEXT_TOKENS


def test_a_port_in_use_is_one_sentence(launch: Launch, client: OpenAI) -> None:
    second = launch(
        *python("manage.py", "run_model", "-p", str(client.base_url.port)), SECRET_KEY="test"
    )
    assert second.status(seconds=60) == 1
    assert "does not start on port" in second.printed
    assert "Traceback" not in second.printed
