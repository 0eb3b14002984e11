"""What every provider's adapter offers: one stream of events per request."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

FinishReason = Literal["stop", "length", "content_filter", "tool_calls", "other"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation, as the model sees it."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked. The last turn is the person's.

    ``prefix`` is a beginning of the answer that the model goes on from, and does not repeat:
    only for providers that say ``continues``. ``stop``: the answer ends before any of these.
    """

    model: str
    turns: tuple[Turn, ...]
    system: str = ""
    max_tokens: int = 8192
    temperature: float | None = None
    prefix: str = ""
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer, exactly as the provider sent it; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of what a model thinks before it answers; never empty, never part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the provider counted them.

    ``cached_tokens`` were read from the provider's cache, ``kept_tokens`` written into it: both
    are part of ``input_tokens``, at prices of their own.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    kept_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The last event of a stream that ended by itself."""

    reason: FinishReason
    usage: Usage


Event = Text | Thought | Finish


class Provider(Protocol):
    """A vendor's API. One object per process, shared by all replies.

    ``stream`` opens a request; leaving the context closes the provider's connection for it at
    once, also when the task is being cancelled. Opening and iterating raise
    `streaming.errors.ProviderError` and nothing else of the vendor's. An adapter never retries
    and has no deadlines of its own: the turn sets both.
    """

    name: str
    # Whether it goes on from a given beginning of an answer.
    continues: bool

    def stream(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[Event]]: ...

    async def models(self) -> list[str]:
        """The names of the models that it says it has; empty where nobody asks it."""
        ...

    async def close(self) -> None: ...
