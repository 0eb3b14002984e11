"""Sending a message: answered as a whole, or as a stream of events."""

import uuid
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import get_language

from chat.context import ZONE_COOKIE, sanitised
from chat.models import Message
from chat.payloads import error_told, figures
from chat.submissions import Place
from streaming.addresses import address_of
from streaming.doors.api.bodies import read_body, read_query
from streaming.doors.api.endpoint import EVENTS, JSON, Endpoint, json_response
from streaming.doors.api.events import ENCODINGS
from streaming.doors.api.shapes import ChatAnswer, ChatRequest, FormatQuery
from streaming.doors.api.stream import event_stream
from streaming.doors.callers import Caller
from streaming.doors.reading import whole
from streaming.intake.submit import Acknowledged, submit

# What a reply that failed is answered with; 500 for what is not named.
FAILED_STATUSES = {
    "provider_unavailable": 503,
    "provider_timeout": 503,
    "provider_rejected": 502,
    "blocked": 502,
    "budget_exceeded": 429,
    "not_found": 404,
}
FAILED_RETRY_SECONDS = 5


async def chat(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The whole reply; who does not wait for it finds it again by ``client_id``."""
    acknowledged = await _submit(request, caller)
    reply = acknowledged.reply
    message = await whole(reply.id, reply.conversation_id, caller.sign_in)
    return answer(message, client_id=acknowledged.accepted.client_id)


async def chat_stream(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """The reply as it is made."""
    query = read_query(request, FormatQuery)
    acknowledged = await _submit(request, caller)
    return event_stream(acknowledged.reply, caller, ENCODINGS[query.format])


async def _submit(request: HttpRequest, caller: Caller) -> Acknowledged:
    asked = read_body(request, ChatRequest)
    # A program that names no language has none; a page has its person's.
    language = get_language() if "Accept-Language" in request.headers else ""
    zone = request.COOKIES.get(ZONE_COOKIE, "")
    return await submit(
        caller.user.id,
        asked.message,
        client_id=uuid.uuid4().hex if asked.client_id is None else asked.client_id,
        conversation_id=asked.conversation_id,
        after=_after(asked),
        model=asked.model or "",
        assistant_id=asked.assistant_id,
        context=sanitised(asked.context, language=language or "", time_zone=zone),
        sign_in=caller.sign_in,
        address=address_of(request),
    )


def _after(asked: ChatRequest) -> uuid.UUID | Place:
    if "parent_id" not in asked.model_fields_set:
        return Place.END
    return asked.parent_id or Place.BEGINNING


def answer(reply: Message, *, client_id: str | None) -> HttpResponse:
    """A reply that has ended; one that failed carries what was written before."""
    payload: dict[str, Any] = {
        "message_id": reply.id,
        "conversation_id": reply.conversation_id,
        "user_message_id": reply.parent_id,
        "client_id": client_id,
        "response": reply.content,
        **figures(reply),
    }
    if reply.status != Message.Status.FAILED:
        return json_response(orjson.dumps(payload))
    payload["error"] = {"code": reply.error_code, "message": error_told(reply)}
    status = FAILED_STATUSES.get(reply.error_code, 500)
    response = json_response(orjson.dumps(payload), status=status)
    if status in (429, 503):
        response["Retry-After"] = str(FAILED_RETRY_SECONDS)
    return response


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="chat",
        name="chat",
        view=chat,
        scope="chat",
        waits=True,
        summary="Send a message and wait for the whole reply.",
        body=ChatRequest,
        answers={200: (ChatAnswer, JSON)},
        refusals=frozenset({404, 409, 415, 502}),
    ),
    Endpoint(
        method="POST",
        path="chat/stream",
        name="chat_stream",
        view=chat_stream,
        scope="chat",
        summary="Send a message; the reply comes as events, as it is made.",
        body=ChatRequest,
        query=FormatQuery,
        answers={200: (None, EVENTS)},
        refusals=frozenset({404, 409, 415}),
    ),
]
