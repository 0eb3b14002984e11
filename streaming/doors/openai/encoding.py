"""Answers, chunks and refusals in OpenAI's words (platform.openai.com/docs/api-reference/chat)."""

import uuid
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpResponse

from streaming.doors.api.errors import add_retry_after
from streaming.doors.api.events import event
from streaming.doors.compatible.pieces import Ending, ReplyFailed
from streaming.doors.compatible.wanted import BadParameter
from streaming.doors.compatible.who import NoSuchModel, Who
from streaming.errors import BudgetExceeded, RateLimited, Refused, Unauthenticated

DONE = "data: [DONE]\n\n"
HEARTBEAT = ": still there\n\n"
# A client that waits by itself would wait for hours.
WORTH_WAITING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Completion:
    """What all chunks of one answer say. ``model`` is what was asked for; ``created`` in s."""

    reply_id: uuid.UUID
    created: int
    model: str
    tells_usage: bool = False

    def whole(self, text: str, ending: Ending) -> bytes:
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": ending.reason,
        }
        payload = self._payload("chat.completion", [choice], ending.model)
        return orjson.dumps(payload | {"usage": usage(ending)})

    def beginning(self) -> str:
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def piece(self, piece: str | Ending) -> str:
        """A chunk of text; or the last ones, where it is the end."""
        if isinstance(piece, str):
            return self._chunk({"content": piece})
        told = self._chunk({}, piece.reason, piece.model)
        if self.tells_usage:
            last = self._payload("chat.completion.chunk", [], piece.model)
            told += event(last | {"usage": usage(piece)})
        return told + DONE

    def _chunk(self, delta: dict[str, Any], reason: str | None = None, model: str = "") -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        payload = self._payload("chat.completion.chunk", [choice], model)
        return event(payload | ({"usage": None} if self.tells_usage else {}))

    def _payload(self, kind: str, choices: list[dict[str, Any]], model: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.reply_id}",
            "object": kind,
            "created": self.created,
            "model": model or self.model,
            "choices": choices,
        }


def usage(ending: Ending) -> dict[str, Any]:
    return {
        "prompt_tokens": ending.input_tokens,
        "completion_tokens": ending.output_tokens,
        "total_tokens": ending.input_tokens + ending.output_tokens,
        "prompt_tokens_details": {"cached_tokens": ending.cached_tokens},
    }


def models(listed: list[Who]) -> bytes:
    """The list of models, in both vendors' shapes at once: one address serves both clients."""
    entries = [model(who) for who in listed]
    return orjson.dumps(
        {
            "object": "list",
            "data": entries,
            "has_more": False,
            "first_id": entries[0]["id"],
            "last_id": entries[-1]["id"],
        }
    )


def model(who: Who) -> dict[str, Any]:
    """One entry: OpenAI's four fields, then Anthropic's."""
    return {
        "id": who.id,
        "object": "model",
        "created": int(who.created_at.timestamp()),
        "owned_by": who.owner,
        "type": "model",
        "display_name": who.name,
        "created_at": who.created_at.isoformat(),
    }


def refusal_event(refused: Refused) -> str:
    """The last event of a stream that broke off; no [DONE] follows."""
    return event(error_payload(refused))


def refusal_response(refused: Refused) -> HttpResponse:
    """The answer to a refused request, with its status."""
    status = refused.failed_status if isinstance(refused, ReplyFailed) else refused.status
    body = orjson.dumps(error_payload(refused))
    response = HttpResponse(body, status=status, content_type="application/json")
    add_retry_headers(response, refused)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def add_retry_headers(response: HttpResponse, refused: Refused) -> None:
    """Both vendors' clients try again by themselves after 429 and 5xx, and heed these."""
    add_retry_after(response, refused)
    far = (refused.retry_after or 0) > WORTH_WAITING_SECONDS
    if far or (isinstance(refused, ReplyFailed) and refused.is_final):
        response["x-should-retry"] = "false"


def error_payload(refused: Refused) -> dict[str, Any]:
    kind, code = _kind_and_code(refused)
    param = refused.param if isinstance(refused, BadParameter) else None
    error = {"message": refused.told(), "type": kind, "param": param, "code": code}
    return {"error": error}


def _kind_and_code(refused: Refused) -> tuple[str, str | None]:
    match refused:
        case Unauthenticated():
            # OpenAI's own type is that of wrong requests; LiteLLM would take it for one of them.
            return "authentication_error", "invalid_api_key"
        case NoSuchModel():
            return "invalid_request_error", "model_not_found"
        case BadParameter():
            return "invalid_request_error", "invalid_value"
        case RateLimited():
            return "requests", "rate_limit_exceeded"
        case BudgetExceeded():
            return "insufficient_quota", "insufficient_quota"
        case ReplyFailed():
            return "server_error", refused.failed_code
    kind = "server_error" if refused.status >= 500 else "invalid_request_error"
    return kind, refused.code
