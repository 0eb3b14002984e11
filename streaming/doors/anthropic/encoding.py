"""Answers, events and refusals in Anthropic's words (docs.anthropic.com/en/api/messages)."""

import uuid
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpResponse

from streaming.doors.api.events import event
from streaming.doors.compatible.pieces import Ending, ReplyFailed
from streaming.doors.compatible.wanted import BadParameter
from streaming.doors.openai.encoding import add_retry_headers
from streaming.errors import Refused

REASONS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal"}
# By status. Anthropic's own for a service that cannot take more at the moment is 529.
KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}
OVERLOADED = 529


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told of one answer; ``model`` is what was asked for."""

    reply_id: uuid.UUID
    model: str

    def whole(self, text: str, ending: Ending) -> bytes:
        content = [{"type": "text", "text": text}] if text else []
        message = self._message(ending.model or self.model, content, usage(ending))
        return orjson.dumps(message | {"stop_reason": REASONS[ending.reason]})

    def beginning(self) -> str:
        message = self._message(self.model, [], usage(Ending("stop", "")))
        block = {"type": "text", "text": ""}
        return (
            _event("message_start", message=message)
            + _event("content_block_start", index=0, content_block=block)
            + PING
        )

    def piece(self, piece: str | Ending) -> str:
        """A piece of the text; or the last events, where it is the end."""
        if isinstance(piece, str):
            delta = {"type": "text_delta", "text": piece}
            return _event("content_block_delta", index=0, delta=delta)
        stopped = {"stop_reason": REASONS[piece.reason], "stop_sequence": None}
        return (
            _event("content_block_stop", index=0)
            + _event("message_delta", delta=stopped, usage=usage(piece))
            + _event("message_stop")
        )

    def _message(
        self, model: str, content: list[dict[str, str]], used: dict[str, int]
    ) -> dict[str, Any]:
        return {
            "id": f"msg_{self.reply_id.hex}",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": content,
            "stop_reason": None,
            "stop_sequence": None,
            "usage": used,
        }


def usage(ending: Ending) -> dict[str, int]:
    """What was read from a cache is not counted among the others here."""
    return {
        "input_tokens": max(0, ending.input_tokens - ending.cached_tokens),
        "output_tokens": ending.output_tokens,
        "cache_read_input_tokens": ending.cached_tokens,
        "cache_creation_input_tokens": 0,
    }


def refusal_event(refused: Refused) -> str:
    """The last event of a stream that broke off."""
    return _event("error", **error_payload(refused))


def refusal_response(refused: Refused) -> HttpResponse:
    """The answer to a refused request, with its status."""
    body = orjson.dumps(error_payload(refused))
    response = HttpResponse(body, status=_status(refused), content_type="application/json")
    add_retry_headers(response, refused)
    return response


def error_payload(refused: Refused) -> dict[str, Any]:
    sentence = refused.told()
    if isinstance(refused, BadParameter) and refused.param not in sentence:
        sentence = f"{refused.param}: {sentence}"
    kind = KINDS.get(_status(refused), "api_error")
    return {"type": "error", "error": {"type": kind, "message": sentence}}


def _status(refused: Refused) -> int:
    status = refused.failed_status if isinstance(refused, ReplyFailed) else refused.status
    if status == 503:
        return OVERLOADED
    # Those that this protocol has no word for.
    return 400 if status in (405, 409, 415) else status


def _event(name: str, **data: Any) -> str:
    return f"event: {name}\n{event({'type': name} | data)}"


PING = _event("ping")
