"""One message: read it, follow it as it is made, stop it."""

import uuid

import orjson
from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from chat.access import access_message, access_reply
from chat.history import Versions, versions_of
from chat.models import Message, User
from chat.payloads import message_payload
from streaming import redis as keys
from streaming.chunks import SEQ_MAX
from streaming.delivery import log
from streaming.doors.api.bodies import read_query
from streaming.doors.api.endpoint import EVENTS, JSON, Endpoint, json_response
from streaming.doors.api.events import ENCODINGS
from streaming.doors.api.shapes import Asked, MessageShape, Stopped, StreamQuery
from streaming.doors.api.stream import event_stream, head_of_stream
from streaming.doors.callers import Caller
from streaming.errors import BadFrame
from streaming.intake.stop import stop

LAST_EVENT_ID = "Last-Event-ID"


async def stream(request: HttpRequest, caller: Caller, message_id: uuid.UUID) -> HttpResponseBase:
    """A reply from its beginning, or from where this reader was.

    Who has read it to its end is told so with 204: a browser's EventSource would ask for ever.
    """
    query = read_query(request, StreamQuery)
    after = _cursor(request, query)
    reply: Message = await database_sync_to_async(access_reply)(caller.user, message_id)
    if reply.is_finished and after >= 0 and await _is_at_end(message_id, after):
        return HttpResponse(status=204)
    if request.method == "HEAD":
        return head_of_stream()
    return event_stream(reply, caller, ENCODINGS[query.format], after=after)


def _cursor(request: HttpRequest, query: StreamQuery) -> int:
    # The header is newer: a browser repeats the address with which it began.
    sent = request.headers.get(LAST_EVENT_ID, "").strip()
    if not sent:
        return -1 if query.after is None else query.after
    try:
        after = int(sent) if len(sent) <= len(str(SEQ_MAX)) and sent.isascii() else None
    except ValueError:
        after = None
    if after is None or not -1 <= after <= SEQ_MAX:
        raise BadFrame(f"{LAST_EVENT_ID} must be a whole number, -1 or larger.")
    return after


async def _is_at_end(message_id: uuid.UUID, after: int) -> bool:
    if after == SEQ_MAX:
        return True
    tail = await log.tail(keys.client(), message_id)
    return tail.closed and after >= tail.seq


async def stop_reply(request: HttpRequest, caller: Caller, message_id: uuid.UUID) -> HttpResponse:
    """Stop a reply; nothing happens to one that has ended."""
    read_query(request, Asked)
    await stop(caller.user, message_id)
    reply: Message = await database_sync_to_async(access_reply)(caller.user, message_id)
    return json_response(orjson.dumps({"message_id": reply.id, "status": reply.status}))


def _load(user: User, message_id: uuid.UUID) -> tuple[Message, Versions]:
    message = access_message(user, message_id)
    return message, versions_of(message)


async def message(request: HttpRequest, caller: Caller, message_id: uuid.UUID) -> HttpResponse:
    """One message, whether its version is shown or not."""
    read_query(request, Asked)
    found, versions = await database_sync_to_async(_load)(caller.user, message_id)
    return json_response(orjson.dumps(message_payload(found, versions)))


ENDPOINTS = [
    Endpoint(
        method="GET",
        path="messages/<uuid:message_id>",
        name="message",
        view=message,
        scope="history",
        summary="Read one message, in any version.",
        answers={200: (MessageShape, JSON)},
        refusals=frozenset({404}),
    ),
    Endpoint(
        method="GET",
        path="messages/<uuid:message_id>/stream",
        name="message_stream",
        view=stream,
        scope="chat",
        summary="Follow or replay a reply as events.",
        query=StreamQuery,
        headers={LAST_EVENT_ID: "The id of the last event that was received."},
        answers={200: (None, EVENTS), 204: (None, "")},
        refusals=frozenset({404}),
    ),
    Endpoint(
        method="POST",
        path="messages/<uuid:message_id>/stop",
        name="message_stop",
        view=stop_reply,
        scope="chat",
        summary="Stop a reply; what was written is kept.",
        answers={200: (Stopped, JSON)},
        refusals=frozenset({404}),
    ),
]
