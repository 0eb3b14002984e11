"""The two protocols, byte for byte: Anthropic's messages and OpenAI's chat completions."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from tests.provider.plan import Plan

Json = dict[str, Any]


class Wire(ABC):
    """How one protocol says things. Everything is bytes of complete events."""

    def __init__(self, plan: Plan, request_id: str, body: Json) -> None:
        self.plan = plan
        self.id = request_id
        self.model = str(body.get("model", ""))
        self.body = body
        self.input_tokens = 10 + sum(len(str(m)) // 4 for m in body.get("messages", ()))

    @staticmethod
    @abstractmethod
    def error(status: int, kind: str, message: str) -> Json:
        """The body of an answer with an error status."""

    @abstractmethod
    def head(self) -> Iterator[bytes]: ...

    @abstractmethod
    def token(self, text: str) -> bytes: ...

    @abstractmethod
    def error_event(self) -> bytes: ...

    @abstractmethod
    def tail(self) -> Iterator[bytes]: ...

    def raw(self, data: bytes, name: str = "") -> bytes:
        """One event around bytes that are not checked."""
        newline = self.plan.newline.encode()
        event = b"event: " + name.encode() + newline if name else b""
        return event + b"data: " + data + newline + newline

    def event(self, data: Json, name: str = "") -> bytes:
        text = json.dumps(data, ensure_ascii=self.plan.ascii, separators=(",", ":"))
        return self.raw(text.encode(), name)


class AnthropicWire(Wire):
    """`POST /v1/messages`: named events from message_start to message_stop."""

    KINDS: ClassVar = {
        400: "invalid_request_error",
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        413: "request_too_large",
        429: "rate_limit_error",
        529: "overloaded_error",
    }
    REASONS: ClassVar = {
        "stop": "end_turn",
        "length": "max_tokens",
        "content_filter": "refusal",
        "tool_calls": "tool_use",
    }

    @staticmethod
    def error(status: int, kind: str, message: str) -> Json:
        kind = kind or AnthropicWire.KINDS.get(status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}

    def head(self) -> Iterator[bytes]:
        message: Json = {
            "model": self.model,
            "id": f"msg_{self.id}",
            "type": "message",
            "role": "assistant",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
        }
        if self.plan.usage:
            message["usage"] = self._input_usage() | {"output_tokens": 1}
        yield self._named("message_start", message=message)
        if self.plan.thinking:
            yield from self._block(
                {"type": "thinking", "thinking": "", "signature": ""},
                {"type": "thinking_delta", "thinking": "Hidden thoughts. "},
                {"type": "signature_delta", "signature": "EqQB"},
            )
        block = {"type": "text", "text": ""}
        yield self._named("content_block_start", index=0, content_block=block)
        yield self._named("ping")

    def token(self, text: str) -> bytes:
        delta = {"type": "text_delta", "text": text}
        return self._named("content_block_delta", index=0, delta=delta)

    def error_event(self) -> bytes:
        kind = self.plan.error or "overloaded_error"
        return self._named("error", error={"type": kind, "message": "Overloaded, secret prompt"})

    def tail(self) -> Iterator[bytes]:
        yield self._named("content_block_stop", index=0)
        if self.plan.tool:
            yield from self._block(
                {"type": "tool_use", "id": "toolu_1", "name": "search", "input": {}},
                {"type": "input_json_delta", "partial_json": '{"query": "no"}'},
            )
        reason = self.REASONS.get(self.plan.finish, self.plan.finish)
        delta = {"stop_reason": reason, "stop_sequence": None}
        usage = {"output_tokens": self.plan.tokens} if self.plan.usage else None
        yield self._named("message_delta", delta=delta, **({"usage": usage} if usage else {}))
        if self.plan.done:
            yield self._named("message_stop")

    def _input_usage(self) -> Json:
        return {
            "input_tokens": self.input_tokens - self.plan.cached - self.plan.kept,
            "cache_creation_input_tokens": self.plan.kept,
            "cache_read_input_tokens": self.plan.cached,
            "service_tier": "standard",
        }

    def _block(self, block: Json, *deltas: Json) -> Iterator[bytes]:
        yield self._named("content_block_start", index=1, content_block=block)
        for delta in deltas:
            yield self._named("content_block_delta", index=1, delta=delta)
        yield self._named("content_block_stop", index=1)

    def _named(self, name: str, **fields: Any) -> bytes:
        return self.event({"type": name} | fields, name)


class OpenAIWire(Wire):
    """`POST /v1/chat/completions`: unnamed chunks, then [DONE]."""

    KINDS: ClassVar = {
        400: "invalid_request_error",
        401: "invalid_api_key",
        404: "model_not_found",
        429: "rate_limit_exceeded",
    }

    @staticmethod
    def error(status: int, kind: str, message: str) -> Json:
        code = kind or OpenAIWire.KINDS.get(status)
        kind = "server_error" if status >= 500 else "invalid_request_error"
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    def head(self) -> Iterator[bytes]:
        yield self._chunk({"role": "assistant", "content": "", "refusal": None})
        if self.plan.thinking:
            yield self._chunk({"reasoning_content": "Hidden thoughts. "})
            yield self._chunk({"content": None, "reasoning": "More of them."})

    def token(self, text: str) -> bytes:
        return self._chunk({"content": text})

    def error_event(self) -> bytes:
        kind = self.plan.error or "server_error"
        return self.event({"error": {"message": "secret prompt", "type": kind, "code": None}})

    def tail(self) -> Iterator[bytes]:
        if self.plan.tool:
            call = {"index": 0, "id": "call_1", "type": "function"}
            call |= {"function": {"name": "search", "arguments": '{"query": "no"}'}}
            yield self._chunk({"tool_calls": [call]})
        yield self._chunk({}, finish_reason=self.plan.finish)
        if self._usage_is_asked() and self.plan.usage:
            yield self.event(self._envelope() | {"choices": [], "usage": self._usage()})
        if self.plan.done:
            yield self.raw(b"[DONE]")

    def _usage(self) -> Json:
        return {
            "prompt_tokens": self.input_tokens,
            "completion_tokens": self.plan.tokens,
            "total_tokens": self.input_tokens + self.plan.tokens,
            "prompt_tokens_details": {"cached_tokens": self.plan.cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }

    def _usage_is_asked(self) -> bool:
        return bool((self.body.get("stream_options") or {}).get("include_usage"))

    def _envelope(self) -> Json:
        return {
            "id": f"chatcmpl-{self.id}",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": "fp_1",
        }

    def _chunk(self, delta: Json, finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        usage: Json = {"usage": None} if self._usage_is_asked() else {}
        return self.event(self._envelope() | {"choices": [choice]} | usage)
