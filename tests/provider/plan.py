"""What the mock provider is told to do with one request."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

Fault = Literal[
    "",
    "refuse",  # the connection is reset before any header
    "silence",  # headers never come
    "status",  # an error answer with `status`
    "html",  # an HTML page with `status` (200 too)
    "json",  # a JSON document with status 200 instead of a stream
    "stall",  # nothing more comes from token `at` on; the connection stays open
    "cut",  # the connection is reset at token `at`
    "close",  # the connection is closed at token `at`, in the middle of the chunked body
    "eof",  # the body ends properly at token `at`, without a finish
    "error",  # the protocol's own error event at token `at`
    "garbage",  # something that is not JSON at token `at`
    "shape",  # JSON of another shape at token `at`
    "utf8",  # bytes that are not UTF-8 at token `at`
]


@dataclass(frozen=True, slots=True)
class Plan:
    """One answer. ``rate`` is tokens per second (0: as fast as possible), ``delay`` seconds."""

    say: str = ""  # the answer itself, token by token, instead of words from the dice
    repeat: int = 1  # `say` so many times: a message may not be as long as an answer
    tokens: int = 12
    rate: float = 0
    delay: float = 0
    seed: int = 0
    fault: Fault = ""
    at: int = 0
    times: int = 0  # the fault happens to this many requests with the same message; 0: to all
    status: int = 500
    retry_after: str = ""
    error: str = ""  # the error's type or code, where a test wants another than the usual one
    split: bool = False  # bodies are sent in pieces cut at random bytes
    newline: Literal["\n", "\r\n", "\r"] = "\n"
    ascii: bool = False  # \uXXXX instead of UTF-8
    stamp: bool = False  # each token carries the time at which it was sent
    comments: bool = False
    usage: bool = True
    cached: int = 0
    kept: int = 0  # tokens that Anthropic's cache has taken in
    finish: str = "stop"
    done: bool = True  # OpenAI's [DONE], Anthropic's message_stop
    linger: float = 0  # seconds between the last event and the end of the body
    tool: bool = False
    continues: bool = True  # False: the beginning of an answer is refused
    thinking: bool = False

    def __post_init__(self) -> None:
        if self.fault not in get_args(Fault):
            raise ValueError(f"unknown fault {self.fault!r}")

    def without_fault(self) -> "Plan":
        return dataclasses.replace(self, fault="")


def plan_for(message: str, model: str = "", default: Plan | None = None) -> Plan:
    """The plan of a request: the message's words go before the model's, those before the default.

    Raises ValueError for a plan that cannot be, so that a typing error in a test is loud.
    """
    base = default or Plan(tokens=5 + len(message) % 40)
    _, _, query = model.partition("?")
    words = _known(dict(parse_qsl(query))) | _known(_object_in(message))
    return dataclasses.replace(base, **words)


def _object_in(message: str) -> dict[str, Any]:
    """The last plan in it: a prompt may join several messages of a person."""
    found: dict[str, Any] = {}
    start = message.find("{")
    while start >= 0:
        try:
            value, length = json.JSONDecoder().raw_decode(message[start:])
        except ValueError:
            value, length = None, 1
        if isinstance(value, dict) and value.keys() & _TYPES.keys():
            found = value
        start = message.find("{", start + length)
    return found


def _known(words: dict[str, Any]) -> dict[str, Any]:
    return {name: _typed(name, value) for name, value in words.items() if name in _TYPES}


def _typed(name: str, value: Any) -> Any:
    kind = _TYPES[name]
    if kind is bool:
        return value in (True, 1, "1", "true")
    return kind(value)


_TYPES: dict[str, type] = {
    field.name: type(field.default) for field in dataclasses.fields(Plan)
} | {"rate": float, "delay": float, "linger": float}
