"""OpenAI's client for Node, and LiteLLM in both protocols, against real processes."""

import json
from typing import Any

import pytest

from tests.flow.compatible import ask, kept, make_key
from tests.flow.other_clients import ClientMissing, begin, litellm, openai_for_node, printed
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider import text_for

AWAY = "The model cannot be reached right now. Please try again."


@pytest.fixture
def node(stack: Stack, person: Person) -> "Node":
    try:
        openai_for_node()
    except ClientMissing as missing:
        pytest.skip(str(missing))
    return Node(stack, person)


class Node:
    """Runs OpenAI's client with somebody's key."""

    def __init__(self, stack: Stack, person: Person) -> None:
        self.environment = {
            "OPENAI_BASE_URL": f"{stack.webs[0].url}/v1",
            "OPENAI_API_KEY": make_key(person),
        }

    def does(self, action: str, question: str = "") -> list[Any]:
        return printed(openai_for_node(action, question), **self.environment)


def test_openais_client_for_node_lists_the_models(node: Node) -> None:
    listed = node.does("models")
    assert {"auto", "openai:mock", "anthropic:mock-claude"} <= {one["id"] for one in listed}
    assert {one["object"] for one in listed} == {"model"}


def test_openais_client_for_node_is_given_a_whole_answer(stack: Stack, node: Node) -> None:
    question = ask()
    (answer,) = node.does("whole", question)
    assert_whole(answer, text_for(question))
    assert answer["model"] == "openai:mock"
    (asked,) = stack.requests(question)
    assert [one["content"] for one in asked["messages"]] == ["Be brief.", question]
    assert (asked["body"]["max_tokens"], asked["body"]["temperature"]) == (77, 0.5)
    until(lambda: not kept(stack, question), seconds=30, what=lambda: "still kept")


def test_openais_client_for_node_is_given_a_stream(node: Node) -> None:
    question = ask(tokens=40, rate=200)
    first, *chunks, last = node.does("stream", question)
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert len(chunks) > 2, "all at once"
    assert reasons(chunks)[-1] == "stop"
    assert text_of([first, *chunks]) == text_for(question)
    assert last["choices"] == []
    assert_counted(last["usage"])


def test_openais_client_for_node_makes_an_answer_of_a_stream(node: Node) -> None:
    question = ask(tokens=40)
    (answer,) = node.does("gathered", question)
    assert_whole(answer, text_for(question))


def test_openais_client_for_node_tells_refusals_apart(node: Node) -> None:
    refused = node.does("refused", ask())
    assert [(one["error"], one["status"], one["code"], one["param"]) for one in refused] == [
        ("NotFoundError", 404, "model_not_found", None),
        ("BadRequestError", 400, "invalid_value", "n"),
        ("AuthenticationError", 401, "invalid_api_key", None),
    ]
    (failed,) = node.does("whole", ask(fault="status"))
    assert (failed["error"], failed["status"]) == ("InternalServerError", 503)


def test_openais_client_for_node_hears_that_a_stream_broke_off(node: Node) -> None:
    question = ask(tokens=20, fault="cut", at=9)
    *chunks, broken = node.does("stream", question)
    assert text_of(chunks) == text_for(question, upto=9)
    assert (broken["error"], broken["code"]) == ("APIError", "provider_unavailable")
    assert broken["message"] == AWAY


def test_openais_client_for_node_stops_the_provider_when_it_leaves(
    stack: Stack, node: Node
) -> None:
    question = ask(tokens=2000, rate=20)
    with begin(openai_for_node("leave", question), **node.environment) as program:
        assert program.stdout
        try:
            assert json.loads(program.stdout.readline()) == "left"
            ended = lambda: stack.requests(question)[0]["end"] == "closed by client"  # noqa: E731
            until(ended, seconds=30, what=lambda: str(stack.requests(question)))
            assert program.poll() is None
        finally:
            program.kill()


@pytest.mark.parametrize(
    ("model", "path"), [("openai/openai:mock", "/v1"), ("anthropic/anthropic:mock-claude", "")]
)
def test_litellm_speaks_both_protocols(stack: Stack, person: Person, model: str, path: str) -> None:
    # It reads Anthropic's streams with `splitlines`.
    text = "One\u2028line, 水 and\x85 stone. " * 5
    question = ask(say=text, rate=100)
    try:
        command = litellm(model, f"{stack.webs[0].url}{path}", question)
    except ClientMissing as missing:
        pytest.skip(str(missing))
    told = printed(command, RIVULET_KEY=make_key(person), LITELLM_LOCAL_MODEL_COST_MAP="True")
    assert_whole(told.pop(0)["whole"], text)
    chunks = [line["chunk"] for line in told if "chunk" in line]
    ids = list(dict.fromkeys(chunk["id"] for chunk in chunks))
    streamed, broken = ([chunk for chunk in chunks if chunk["id"] == one] for one in ids)
    assert len(streamed) > 4, "all at once"
    assert text_of(streamed) == text
    assert "stop" in reasons(streamed)
    assert_counted(streamed[-1]["usage"])
    assert text_of(broken)
    assert "stop" not in reasons(broken)
    *refused, failed, cut = [line for line in told if "error" in line]
    assert [(one["error"], one["status"]) for one in refused] == [
        ("NotFoundError", 404),
        ("BadRequestError", 400),
        ("AuthenticationError", 401),
    ]
    assert failed["status"] >= 500
    assert cut["error"] == "MidStreamFallbackError"
    assert AWAY in failed["message"]
    assert AWAY in cut["message"]
    assert {one["body"]["max_tokens"] for one in stack.requests(question)} == {77}


def assert_whole(answer: Any, text: str) -> None:
    (choice,) = answer["choices"]
    assert choice["message"]["content"] == text
    assert choice["finish_reason"] == "stop"
    assert_counted(answer["usage"])


def reasons(chunks: list[Any]) -> list[str]:
    return [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]


def text_of(chunks: list[Any]) -> str:
    """What the deltas say, one after the other."""
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


def assert_counted(usage: dict[str, int]) -> None:
    assert usage["completion_tokens"] > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
