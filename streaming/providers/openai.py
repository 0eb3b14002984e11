"""OpenAI's Chat Completions API, and the many servers that speak it."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx2
import openai
import orjson
from openai.types.chat import ChatCompletionMessageParam

from streaming.discovered import names_in
from streaming.providers import faults
from streaming.providers.base import Event, Finish, FinishReason, Request, Thought, Usage
from streaming.providers.reading import Reading
from streaming.providers.transport import TIMEOUT, UNCOMPRESSED, limits

# Of a list of models; the longest of today's have a tenth of it.
MODELS_BYTES_MAX = 2_000_000

OPENAI_URL = "https://api.openai.com/v1"

REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}


# vLLM's words, which llama.cpp knows too: the last message is the answer's beginning.
GO_ON = {"continue_final_message": True, "add_generation_prompt": False}


class OpenAIProvider:
    """Streams from `api.openai.com`, or from a compatible server at ``base_url``."""

    def __init__(
        self,
        *,
        name: str = "openai",
        api_key: str = "",
        base_url: str = "",
        continues: bool = False,
    ) -> None:
        self.name = name
        self.continues = continues
        # Compatible servers know only the older name of this parameter.
        self._limit = "max_tokens" if base_url else "max_completion_tokens"
        self._client = openai.AsyncOpenAI(
            # The SDK insists on a key; a server that needs none ignores it.
            api_key=api_key or "none",
            base_url=base_url or OPENAI_URL,
            max_retries=0,
            timeout=TIMEOUT,
            http_client=openai.DefaultAioHttpClient(timeout=TIMEOUT, limits=limits(base_url)),
        )

    def stream(self, request: Request) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        return self._stream(request)

    async def models(self) -> list[str]:
        """What `/v1/models` lists, bounded. Raises ProviderError."""
        listing = self._client.models.with_streaming_response.list(extra_headers=UNCOMPRESSED)
        try:
            async with listing as response:
                body = bytearray()
                async for piece in response.iter_bytes():
                    body += piece
                    if len(body) > MODELS_BYTES_MAX:
                        raise faults.garbled(self.name, "a list without end")
        except openai.APIStatusError as error:
            raise faults.from_status(
                self.name, error.status_code, error.response.headers, error.body
            ) from error
        except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
            raise faults.from_transport(self.name, error) from error
        try:
            return names_in(orjson.loads(body))
        except orjson.JSONDecodeError:
            raise faults.garbled(self.name, "not JSON") from None

    async def close(self) -> None:
        await self._client.close()

    @asynccontextmanager
    async def _stream(self, request: Request) -> AsyncGenerator[AsyncIterator[Event], None]:
        reading = Reading(self.name, await self._open(request), OpenAIReader(self.name))
        try:
            yield reading
        finally:
            await reading.close()

    async def _open(self, request: Request) -> Any:
        given: dict[str, Any] = {self._limit: request.max_tokens}
        if request.temperature is not None:
            given["temperature"] = request.temperature
        if request.stop:
            given["stop"] = list(request.stop)
        if request.prefix:
            given["extra_body"] = GO_ON
        opening = self._client.chat.completions.with_streaming_response.create(
            model=request.model,
            messages=messages(request),
            stream=True,
            stream_options={"include_usage": True},
            extra_headers=UNCOMPRESSED,
            **given,
        )
        try:
            # Left by `Reading.close`, which does the same and more.
            return await opening.__aenter__()
        except openai.APIStatusError as error:
            raise faults.from_status(
                self.name, error.status_code, error.response.headers, error.body
            ) from error
        except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
            raise faults.from_transport(self.name, error) from error


class OpenAIReader:
    """Reads chunks until ``[DONE]``, or until the stream ends after a finish_reason."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._reason: FinishReason | None = None
        self._usage = Usage()
        self.done = False

    def read(self, name: bytes, data: Any) -> str | Thought:
        if data is None:
            self.done = True
            return ""
        try:
            if name == b"error" or data.get("error"):
                raise faults.from_event(self._provider, data)
            if usage := data.get("usage"):
                self._usage = _usage(usage)
            choices = data.get("choices")
            if not choices:
                return ""
            choice = choices[0]
            if reason := choice.get("finish_reason"):
                self._reason = REASONS.get(reason, "other")
            delta = choice.get("delta") or {}
            return _text(delta.get("content")) or _thought(delta)
        except (KeyError, TypeError, AttributeError):
            raise faults.garbled(self._provider, "an event of an unknown shape") from None

    def finish(self) -> Finish | None:
        if self._reason is None and not self.done:
            return None
        return Finish(self._reason or "other", self._usage)


def messages(request: Request) -> list[ChatCompletionMessageParam]:
    """The system's words first, then the turns; empty ones are left out."""
    listed: list[ChatCompletionMessageParam] = []
    if request.system:
        listed.append({"role": "system", "content": request.system})
    for turn in request.turns:
        if not turn.content.strip():
            continue
        if turn.role == "user":
            listed.append({"role": "user", "content": turn.content})
        else:
            listed.append({"role": "assistant", "content": turn.content})
    if request.prefix:
        listed.append({"role": "assistant", "content": request.prefix})
    return listed


def _usage(usage: dict[str, Any]) -> Usage:
    details = usage.get("prompt_tokens_details") or {}
    return Usage(
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(details.get("cached_tokens")),
    )


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _thought(delta: dict[str, Any]) -> str | Thought:
    """DeepSeek's and older vLLM's word for it is the first; that of newer vLLM, OpenRouter and
    Ollama the second; some send both, with the same in them."""
    for name in ("reasoning_content", "reasoning"):
        # Anything else than text here is nobody's answer, and no reason to break one off.
        if isinstance(thought := delta.get(name), str) and thought:
            return Thought(thought)
    return ""


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("text that is none")
    return value
