"""The endpoints below ``/api/v1/`` as an OpenAPI 3.1 document, made from their own registry."""

import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from streaming.doors.api.bodies import bytes_max
from streaming.doors.api.endpoint import COMMON_REFUSALS, EVENTS, JSON, Endpoint
from streaming.doors.api.shapes import ChatAnswer, ErrorAnswer, FailedAnswer
from streaming.doors.api.urls import ENDPOINTS
from streaming.doors.description import compatible
from streaming.doors.description.events import EVENT_SCHEMAS, EVENTS_TOLD
from streaming.doors.description.shapes import Schema, ref, server_sent, uuid, whole

BASE = "/api/v1/"

ABOUT = """\
Every reply is the same numbered stream of chunks, whichever way it is read: as a whole, as
server-sent events, or through the socket (`/api/v1/asyncapi.json`).

Sign in with an API key (`Authorization: Bearer …`), or with the session of a signed-in page; then
requests that change something carry its CSRF token. What belongs to somebody else looks like what
does not exist. A repeated send with the same `client_id` never starts a second reply.
"""

# Of every status, what it means here.
STATUSES = {
    200: "As asked.",
    204: "There is nothing more: this reader has the whole reply.",
    400: "The request is not understood, or a text in it cannot be kept.",
    401: "No session and no key, or one that no longer holds.",
    403: "The key's scopes do not allow it, or the CSRF token is missing or wrong.",
    404: "There is none, or it is somebody else's.",
    405: "Not with this method; `Allow` names those that there are.",
    409: "An answer is still being written in this conversation.",
    413: "The message or the body is too long.",
    415: "The body is not JSON.",
    429: "Too much, too often, or beyond the budget; `Retry-After` says when to come again.",
    500: "A mistake of ours.",
    502: "The model refused.",
    503: "Not now: come again after `Retry-After` seconds.",
}

# Which later request an answer's ids are for: operation, its parameter, and where that stands.
LINKS: dict[type[BaseModel], list[tuple[str, str, str]]] = {
    ChatAnswer: [
        ("message", "message_id", "message_id"),
        ("message_stream", "message_id", "message_id"),
        ("message_stop", "message_id", "message_id"),
        ("conversation", "conversation_id", "conversation_id"),
    ],
}


def openapi(url: str = "http://localhost:8000") -> dict[str, Any]:
    """The whole document, for the server at this address."""
    paths: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(_path(endpoint), {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Rivulet", "version": "1.0.0", "description": ABOUT},
        "servers": [{"url": url}],
        "paths": paths | compatible.paths(),
        "components": {
            "schemas": {
                **_shapes(serialised=True),
                **_shapes(serialised=False),
                **EVENT_SCHEMAS,
                **compatible.shapes(),
            },
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key. Its scopes stand beside each operation.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "sessionid",
                    "description": "The session of a signed-in page.",
                },
                "csrf": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-CSRFToken",
                    "description": "Beside the session, for requests that change something.",
                },
            },
        },
    }


def _path(endpoint: Endpoint) -> str:
    return BASE + re.sub(r"<uuid:(\w+)>", r"{\1}", endpoint.path)


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    by_session: dict[str, list[str]] = {"session": []}
    if endpoint.method != "GET":
        by_session["csrf"] = []
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.path.split("/")[0]],
        "security": [{"key": [endpoint.scope]}, by_session],
        "parameters": _parameters(endpoint),
        "responses": {
            **{str(status): _answer(endpoint, status) for status in endpoint.answers},
            **{str(status): _refusal(endpoint, status) for status in _refusals(endpoint)},
        },
    }
    if endpoint.body:
        operation["requestBody"] = {
            "required": True,
            "description": f"At most {bytes_max()} bytes.",
            "content": {JSON: {"schema": ref(endpoint.body.__name__)}},
        }
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    named = [
        {"name": name, "in": "path", "required": True, "schema": uuid()}
        for name in re.findall(r"<uuid:(\w+)>", endpoint.path)
    ]
    query = endpoint.query.model_json_schema() if endpoint.query else {}
    required = query.get("required", [])
    asked = [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(schema)}
        for name, schema in query.get("properties", {}).items()
    ]
    headers = [
        {"name": name, "in": "header", "description": told, "schema": whole(minimum=-1)}
        for name, told in endpoint.headers.items()
    ]
    return [*named, *asked, *headers]


def _without_null(schema: Schema) -> Schema:
    """A query's field is there or not; it is never null."""
    kinds = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**rest, **kinds[0]}


def _answer(endpoint: Endpoint, status: int) -> dict[str, Any]:
    shape, media = endpoint.answers[status]
    answer: dict[str, Any] = {"description": STATUSES[status]}
    if media == EVENTS:
        answer |= {"description": EVENTS_TOLD, "content": {EVENTS: {"schema": server_sent()}}}
        answer["x-events"] = ref("Event")
    elif shape:
        answer["content"] = {JSON: {"schema": ref(shape.__name__)}}
        links = LINKS.get(shape, [])
        if links:
            answer["links"] = {
                name: {
                    "operationId": name,
                    "parameters": {parameter: f"$response.body#/{field}"},
                }
                for name, parameter, field in links
            }
    return answer


def _refusals(endpoint: Endpoint) -> list[int]:
    return sorted((COMMON_REFUSALS | endpoint.refusals) - endpoint.answers.keys())


def _refusal(endpoint: Endpoint, status: int) -> dict[str, Any]:
    schema = ref(ErrorAnswer.__name__)
    if _waits(endpoint):
        # A reply that failed: what was written of it comes with the error.
        schema = {"anyOf": [ref(FailedAnswer.__name__), schema]}
    refusal: dict[str, Any] = {
        "description": STATUSES[status],
        "content": {JSON: {"schema": schema}},
    }
    if status in (429, 503):
        refusal["headers"] = {"Retry-After": {"schema": whole("Seconds.", minimum=1)}}
    return refusal


def _waits(endpoint: Endpoint) -> bool:
    return any(shape is ChatAnswer for shape, _ in endpoint.answers.values())


def _shapes(*, serialised: bool) -> dict[str, Schema]:
    models: set[type[BaseModel]] = set()
    if serialised:
        models |= {ErrorAnswer, FailedAnswer}
        models |= {shape for one in ENDPOINTS for shape, _ in one.answers.values() if shape}
    else:
        models |= {one.body for one in ENDPOINTS if one.body}
    mode = "serialization" if serialised else "validation"
    ordered = sorted(models, key=lambda one: one.__name__)
    _, made = models_json_schema(
        [(one, mode) for one in ordered],  # type: ignore[misc]
        ref_template="#/components/schemas/{model}",
    )
    definitions: dict[str, Schema] = made.get("$defs", {})
    return definitions
