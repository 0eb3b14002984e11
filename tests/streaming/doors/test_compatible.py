"""The encodings of the doors for other vendors' clients, and what they make of a request."""

import uuid
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from chat.beginnings import Said
from chat.options import NONE, Options
from streaming.doors.anthropic import encoding as anthropic
from streaming.doors.anthropic import shapes as anthropic_shapes
from streaming.doors.compatible.pieces import Ending, Heard, ReplyFailed
from streaming.doors.compatible.wanted import BadParameter
from streaming.doors.openai import encoding as openai
from streaming.doors.openai import shapes as openai_shapes
from streaming.errors import Busy, MessageTooLong, RateLimited, Refused, Unauthenticated

REPLY = uuid.UUID(int=7)
END = Ending("length", "openai:mock", input_tokens=10, output_tokens=5, cached_tokens=4)


def said(*texts: str) -> list[dict[str, str]]:
    return [
        {"role": ("user", "assistant")[index % 2], "content": text}
        for index, text in enumerate(texts)
    ]


def test_instructions_are_gathered_wherever_they_stand() -> None:
    messages = [{"role": "system", "content": "One."}, *said("Why?", "So.", "And?")]
    messages.insert(3, {"role": "developer", "content": "Two."})
    wanted = openai_shapes.Completion(model="m", messages=messages, max_tokens=3).wanted()  # type: ignore[arg-type]
    assert wanted.options == Options("One.\n\nTwo.", None, 3)
    assert wanted.said == (Said("user", "Why?"), Said("assistant", "So."))
    assert wanted.text == "And?"


def test_what_is_kept_of_the_wishes_gives_them_back() -> None:
    options = Options("Be brief.", 0.0, 7, ("END", "\n"))
    assert Options.of(orjson.loads(orjson.dumps(options.kept()))) == options
    assert Options.of(None) == Options.of({}) == NONE
    assert NONE.kept() == {}


def test_thoughts_of_earlier_answers_are_left_out() -> None:
    thought = [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "So."}]
    messages = [*said("Why?"), {"role": "assistant", "content": thought}, *said("And?")]
    asked: Any = {"model": "m", "max_tokens": 5, "messages": messages}
    assert anthropic_shapes.Messages(**asked).wanted().said[1] == Said("assistant", "So.")


@pytest.mark.parametrize(
    ("text", "error"), [("x" * 1_000_001, MessageTooLong), ("\ud800", BadParameter)]
)
def test_no_text_that_cannot_be_kept(text: str, error: type[Refused]) -> None:
    asked = openai_shapes.Completion.model_construct(
        model="m",
        messages=[openai_shapes.Message.model_construct(role="user", content=text)],
        stop=None,
    )
    with pytest.raises(error):
        asked.wanted()


def test_fields_that_nobody_knows_are_ignored() -> None:
    asked: Any = {"model": "m", "messages": said("Hi"), "logprobs": True, "future": {"a": 1}}
    assert openai_shapes.Completion(**asked).wanted().text == "Hi"
    with pytest.raises(ValidationError):
        openai_shapes.Completion(**{**asked, "n": 2})


def test_openais_chunks() -> None:
    completion = openai.Completion(REPLY, 5, "auto", tells_usage=True)
    text = completion.beginning() + completion.piece("a\nb") + completion.piece(END)
    *chunks, done, rest = text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    read = [orjson.loads(one.removeprefix("data: ")) for one in chunks]
    assert {(one["id"], one["created"]) for one in read} == {(f"chatcmpl-{REPLY}", 5)}
    assert [one["usage"] for one in read[:-1]] == [None, None, None]
    assert read[1]["choices"][0]["delta"] == {"content": "a\nb"}
    assert read[2]["choices"][0]["finish_reason"] == "length"
    assert read[3]["choices"] == []
    assert read[3]["usage"]["total_tokens"] == 15


def test_anthropic_counts_what_was_cached_apart() -> None:
    assert anthropic.usage(END) == {
        "input_tokens": 6,
        "output_tokens": 5,
        "cache_read_input_tokens": 4,
        "cache_creation_input_tokens": 0,
    }
    whole = orjson.loads(anthropic.Answer(REPLY, "auto").whole("Hi", END))
    assert whole["stop_reason"] == "max_tokens"
    assert whole["content"] == [{"type": "text", "text": "Hi"}]


@pytest.mark.parametrize(
    ("refused", "statuses", "kinds"),
    [
        (BadParameter("n", "No."), (400, 400), ("invalid_request_error", "invalid_request_error")),
        (Unauthenticated(), (401, 401), ("invalid_request_error", "authentication_error")),
        (MessageTooLong(), (413, 413), ("invalid_request_error", "request_too_large")),
        (RateLimited(retry_after=2.1), (429, 429), ("requests", "rate_limit_error")),
        (Busy(retry_after=2.1), (503, 529), ("server_error", "overloaded_error")),
        (ReplyFailed("No.", "internal"), (500, 500), ("server_error", "api_error")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_refusals_have_each_vendors_words(
    refused: Refused, statuses: tuple[int, int], kinds: tuple[str, str]
) -> None:
    answers = [openai.refusal_response(refused), anthropic.refusal_response(refused)]
    assert tuple(one.status_code for one in answers) == statuses
    assert tuple(orjson.loads(one.content)["error"]["type"] for one in answers) == kinds
    if refused.retry_after:
        assert [one["Retry-After"] for one in answers] == ["3", "3"]


def test_an_answer_begun_anew_with_the_same_words_goes_on() -> None:
    heard = Heard()
    assert heard.hear("One ") + heard.hear("two") == "One two"
    heard.reset()
    assert heard.hear("On") == ""
    assert heard.hear("e two three") == " three"
    heard.check_whole()
    heard.reset()
    heard.hear("One two ")
    with pytest.raises(ReplyFailed):
        heard.check_whole()
    with pytest.raises(ReplyFailed):
        heard.hear("four")


@pytest.mark.parametrize("shape", [openai_shapes.Completion, anthropic_shapes.Messages])
@pytest.mark.parametrize(
    "many",
    [
        {"messages": [0] * 5_000},
        {"messages": said(*["x"] * 5_000)},
        {"messages": [{"role": "user", "content": [0] * 5_000}]},
        {"messages": [{"role": "user", "content": [{}] * 5_000}]},
        {"messages": said("x"), "stop": [0] * 5_000, "stop_sequences": [0] * 5_000},
    ],
)
def test_of_many_mistakes_the_first_is_enough(shape: type[Any], many: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        shape.model_validate_json(orjson.dumps({"model": "m", "max_tokens": 5} | many))
    assert refused.value.error_count() <= 3
