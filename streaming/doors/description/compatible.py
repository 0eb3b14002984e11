"""The doors below ``/v1/``, which speak other vendors' protocols: what of them is understood.

What they answer is the vendors' own shape and described by them; here are the fields that count.
"""

from typing import Any

from pydantic import BaseModel

from streaming.doors.anthropic.shapes import Messages
from streaming.doors.compatible.endpoint import SCOPE
from streaming.doors.description.shapes import (
    Schema,
    const,
    many,
    or_null,
    ref,
    server_sent,
    text,
    thing,
    whole,
)
from streaming.doors.openai.shapes import Completion

JSON = "application/json"
EVENTS = "text/event-stream"

_REFUSALS = (400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 502, 503)

SHAPES: dict[str, Schema] = {
    "OpenAIAnswer": thing(
        {
            "id": text(),
            "object": const("chat.completion"),
            "created": whole("Seconds since 1970."),
            "model": text(),
            "choices": many({"type": "object"}),
            "usage": {"type": "object"},
        }
    ),
    "OpenAIModels": thing({"object": const("list"), "data": many({"type": "object"})}),
    "OpenAIModel": thing({"id": text(), "object": const("model")}),
    "OpenAIError": thing(
        {
            "error": thing(
                {
                    "message": text(),
                    "type": text(),
                    "param": or_null(text()),
                    "code": or_null(text()),
                }
            )
        }
    ),
    "AnthropicAnswer": thing(
        {
            "id": text(),
            "type": const("message"),
            "role": const("assistant"),
            "content": many({"type": "object"}),
            "model": text(),
            "stop_reason": or_null(text()),
            "usage": {"type": "object"},
        }
    ),
    "AnthropicError": thing(
        {"type": const("error"), "error": thing({"type": text(), "message": text()})}
    ),
}


def paths() -> dict[str, Any]:
    """Every address and method."""
    name = {"name": "name", "in": "path", "required": True, "schema": text(minLength=1)}
    return {
        "/v1/chat/completions": {
            "post": _operation(
                "openai_completions",
                "As OpenAI's chat completions, streamed or whole.",
                "OpenAI",
                body=_name("OpenAI", Completion),
            )
        },
        "/v1/models": {
            "get": _operation(
                "openai_models", "Assistants and models.", "OpenAI", answer="OpenAIModels"
            )
        },
        "/v1/models/{name}": {
            "get": _operation(
                "openai_model", "One of them.", "OpenAI", answer="OpenAIModel", parameters=[name]
            )
        },
        "/v1/messages": {
            "post": _operation(
                "anthropic_messages",
                "As Anthropic's messages, streamed or whole.",
                "Anthropic",
                body=_name("Anthropic", Messages),
            )
        },
    }


def shapes() -> dict[str, Schema]:
    """What these addresses take and answer."""
    return SHAPES | _taken("OpenAI", Completion) | _taken("Anthropic", Messages)


def _name(vendor: str, model: type[BaseModel]) -> str:
    return f"{vendor}{model.__name__}"


def _taken(vendor: str, model: type[BaseModel]) -> dict[str, Schema]:
    # Both vendors have a `Message`.
    schema = model.model_json_schema(ref_template=f"#/components/schemas/{vendor}{{model}}")
    named = {f"{vendor}{name}": one for name, one in schema.pop("$defs", {}).items()}
    return {**named, _name(vendor, model): schema}


def _operation(
    name: str,
    summary: str,
    vendor: str,
    *,
    body: str = "",
    answer: str = "",
    parameters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    content = {JSON: {"schema": ref(answer or f"{vendor}Answer")}}
    if body:
        content[EVENTS] = {"schema": server_sent()}
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "tags": ["compatible"],
        "security": [{"key": [SCOPE]}, {"session": [], **({"csrf": []} if body else {})}],
        "parameters": parameters or [],
        "responses": {"200": {"description": "As asked.", "content": content}},
    }
    for status in _REFUSALS:
        operation["responses"][str(status)] = {
            "description": "In the vendor's own shape.",
            "content": {JSON: {"schema": ref(f"{vendor}Error")}},
        }
    if body:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": ref(body)}}}
    return operation
