"""Other versions of a reply: making one, going on with one, showing one."""

import uuid
from typing import Annotated, Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from pydantic import Field

from chat.models.messages import CLIENT_ID_MAX_CHARS
from streaming.addresses import address_of
from streaming.doors.api.bodies import read_body, read_query
from streaming.doors.api.endpoint import EVENTS, JSON, Endpoint, json_response
from streaming.doors.api.events import ENCODINGS
from streaming.doors.api.shapes import Asked, FormatQuery, Sent
from streaming.doors.api.stream import event_stream
from streaming.doors.callers import Caller
from streaming.intake.select import select
from streaming.intake.submit import submit_again


class ContinueRequest(Asked):
    """The wish for the rest of a reply that broke off."""

    client_id: Annotated[str, Field(min_length=1, max_length=CLIENT_ID_MAX_CHARS)] | None = Field(
        None, description="As for a message: sent again, it never starts a second reply."
    )


class RegenerateRequest(ContinueRequest):
    """The wish for another version of a reply."""

    model: str | None = Field(None, description="provider:model, or auto.")


class Selected(Sent):
    """What is shown now: ``parent_id`` is the message where the versions part."""

    type: str
    conversation_id: uuid.UUID
    message_id: uuid.UUID
    parent_id: uuid.UUID | None
    tip_id: uuid.UUID


async def regenerate(
    request: HttpRequest, caller: Caller, message_id: uuid.UUID
) -> HttpResponseBase:
    """Another version, as it is made."""
    query = read_query(request, FormatQuery)
    asked = read_body(request, RegenerateRequest)
    return await _again(request, caller, message_id, asked, query, model=asked.model or "")


async def go_on(request: HttpRequest, caller: Caller, message_id: uuid.UUID) -> HttpResponseBase:
    """The text so far, then its rest as it is made."""
    query = read_query(request, FormatQuery)
    asked = read_body(request, ContinueRequest)
    return await _again(request, caller, message_id, asked, query, goes_on=True)


async def _again(
    request: HttpRequest,
    caller: Caller,
    message_id: uuid.UUID,
    asked: ContinueRequest,
    query: FormatQuery,
    **wish: Any,
) -> HttpResponseBase:
    client_id = uuid.uuid4().hex if asked.client_id is None else asked.client_id
    acknowledged = await submit_again(
        caller.user.id,
        message_id,
        client_id=client_id,
        sign_in=caller.sign_in,
        address=address_of(request),
        **wish,
    )
    return event_stream(acknowledged.reply, caller, ENCODINGS[query.format])


async def select_version(
    request: HttpRequest, caller: Caller, message_id: uuid.UUID
) -> HttpResponse:
    """Show this version, and what follows it."""
    read_query(request, Asked)
    return json_response(orjson.dumps(await select(caller.user, message_id)))


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="messages/<uuid:message_id>/regenerate",
        name="message_regenerate",
        view=regenerate,
        scope="chat",
        summary="Ask for another version of a reply; it comes as events.",
        body=RegenerateRequest,
        query=FormatQuery,
        answers={200: (None, EVENTS)},
        refusals=frozenset({404, 409, 415}),
    ),
    Endpoint(
        method="POST",
        path="messages/<uuid:message_id>/continue",
        name="message_continue",
        view=go_on,
        scope="chat",
        summary="Ask for the rest of a reply that broke off; it comes as events.",
        body=ContinueRequest,
        query=FormatQuery,
        answers={200: (None, EVENTS)},
        refusals=frozenset({404, 409, 415}),
    ),
    Endpoint(
        method="POST",
        path="messages/<uuid:message_id>/select",
        name="message_select",
        view=select_version,
        scope="chat",
        summary="Show this version of a message, and what follows it.",
        answers={200: (Selected, JSON)},
        refusals=frozenset({404}),
    ),
]
