"""Anthropic's Messages API."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anthropic
import httpx2
from anthropic.types import MessageParam, TextBlockParam

from streaming.providers import faults
from streaming.providers.base import Event, Finish, FinishReason, Request, Thought, Usage
from streaming.providers.reading import Reading
from streaming.providers.transport import TIMEOUT, UNCOMPRESSED, limits

REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class AnthropicProvider:
    """Streams from `api.anthropic.com`, or from ``base_url``."""

    name = "anthropic"
    # Today's models refuse the beginning of an answer.
    continues = False

    def __init__(self, *, api_key: str, base_url: str = "") -> None:
        self._client = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url or "https://api.anthropic.com",
            max_retries=0,
            timeout=TIMEOUT,
            http_client=anthropic.DefaultAioHttpClient(timeout=TIMEOUT, limits=limits(base_url)),
            open_telemetry=False,
        )

    def stream(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        return self._stream(request)

    async def models(self) -> list[str]:
        # Its models are named in the lists: nobody chooses among all that a vendor sells.
        return []

    async def close(self) -> None:
        await self._client.close()

    @asynccontextmanager
    async def _stream(self, request: Request) -> AsyncGenerator[AsyncIterator[Event], None]:
        reading = Reading(self.name, await self._open(request), AnthropicReader(self.name))
        try:
            yield reading
        finally:
            await reading.close()

    async def _open(self, request: Request) -> Any:
        given: dict[str, Any] = {}
        if request.system:
            given["system"] = [_kept(request.system)]
        # It refuses those of nothing but white space.
        if stop := [one for one in request.stop if one.strip()]:
            given["stop_sequences"] = stop
        if request.temperature is not None:
            # The newest models refuse it, so the SDK has no parameter for it any more.
            given["extra_body"] = {"temperature": request.temperature}
        opening = self._client.messages.with_streaming_response.create(
            model=request.model,
            messages=messages(request),
            max_tokens=request.max_tokens,
            stream=True,
            extra_headers=UNCOMPRESSED,
            **given,
        )
        try:
            # Left by `Reading.close`, which does the same and more.
            return await opening.__aenter__()
        except anthropic.APIStatusError as error:
            raise faults.from_status(
                self.name, error.status_code, error.response.headers, error.body
            ) from error
        except (anthropic.AnthropicError, httpx2.HTTPError, OSError) as error:
            raise faults.from_transport(self.name, error) from error


class AnthropicReader:
    """Reads the named events from message_start to message_stop."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._reason: FinishReason | None = None
        self._usage: dict[str, int] = {}
        self.done = False

    def read(self, name: bytes, data: Any) -> str | Thought:
        if data is None:
            raise faults.garbled(self._provider, "not JSON")
        try:
            kind = data["type"]
            if kind == "content_block_delta":
                delta = data["delta"]
                if delta["type"] == "text_delta":
                    return _text(delta["text"])
                return _thought(delta) if delta["type"] == "thinking_delta" else ""
            if kind == "error" or name == b"error":
                raise faults.from_event(self._provider, data)
            if kind == "content_block_start":
                block = data["content_block"]
                if block["type"] == "text":
                    return _text(block["text"])
                return _thought(block) if block["type"] == "thinking" else ""
            if kind == "message_start":
                self._count(data["message"].get("usage"))
            elif kind == "message_delta":
                if reason := data["delta"].get("stop_reason"):
                    self._reason = REASONS.get(reason, "other")
                self._count(data.get("usage"))
            elif kind == "message_stop":
                self.done = True
        except (KeyError, TypeError, AttributeError):
            raise faults.garbled(self._provider, "an event of an unknown shape") from None
        return ""

    def finish(self) -> Finish | None:
        if self._reason is None and not self.done:
            return None
        return Finish(self._reason or "other", self._counted())

    def _count(self, usage: Any) -> None:
        """Take over the numbers; later ones are running totals of the same request."""
        for name in COUNTS:
            if isinstance(value := (usage or {}).get(name), int):
                self._usage[name] = value

    def _counted(self) -> Usage:
        fresh = self._usage.get("input_tokens")
        cached = self._usage.get("cache_read_input_tokens", 0)
        written = self._usage.get("cache_creation_input_tokens", 0)
        return Usage(
            input_tokens=None if fresh is None else fresh + cached + written,
            output_tokens=self._usage.get("output_tokens"),
            cached_tokens=self._usage.get("cache_read_input_tokens"),
            kept_tokens=self._usage.get("cache_creation_input_tokens"),
        )


COUNTS = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)


def messages(request: Request) -> list[MessageParam]:
    """The turns as the API takes them: no empty ones, and never two of one role in a row.

    What comes before the last question is marked to be kept: it is the same in the next request,
    and in another version of the answer or of the question. Below some thousand tokens the API
    keeps nothing, and charges nothing for the mark.
    """
    merged: list[tuple[str, str]] = []
    for turn in request.turns:
        if not turn.content.strip():
            continue
        if merged and merged[-1][0] == turn.role:
            merged[-1] = (turn.role, f"{merged[-1][1]}\n\n{turn.content}")
        else:
            merged.append((turn.role, turn.content))
    asked = [index for index, (role, _) in enumerate(merged) if role == "user"]
    last_but_one = asked[-2] if len(asked) > 1 else None
    return [
        _message(role, content, is_kept=index == last_but_one)
        for index, (role, content) in enumerate(merged)
    ]


def _kept(text: str) -> TextBlockParam:
    """A text up to which the prompt is kept by the API, for five minutes from its last use."""
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}


def _message(role: str, content: str, *, is_kept: bool) -> MessageParam:
    if is_kept:
        return {"role": "user", "content": [_kept(content)]}
    if role == "user":
        return {"role": "user", "content": content}
    return {"role": "assistant", "content": content}


def _thought(value: dict[str, Any]) -> str | Thought:
    # What is redacted or of another shape is nobody's answer, and no reason to break one off.
    thought = value.get("thinking")
    return Thought(thought) if isinstance(thought, str) and thought else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text that is none")
    return value
