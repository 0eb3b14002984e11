"""What was said: the list of conversations, and the messages of one."""

import uuid

import orjson
from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse

from chat import pages, window
from chat.access import NotFound, access_conversation
from chat.history import ALONE
from chat.models import Conversation, User
from chat.payloads import conversation_payload, message_payload
from streaming.doors.api.bodies import read_query
from streaming.doors.api.endpoint import JSON, Endpoint, json_response
from streaming.doors.api.shapes import (
    ConversationList,
    ConversationPage,
    ListQuery,
    MessagesQuery,
)
from streaming.doors.callers import Caller
from streaming.errors import BadFrame


async def conversations(request: HttpRequest, caller: Caller) -> HttpResponse:
    """A page of the list, the newest first; archived ones too."""
    query = read_query(request, ListQuery)
    try:
        page = await database_sync_to_async(pages.page)(caller.user, query.cursor, query.limit)
    except pages.BadCursor:
        raise BadFrame("cursor must be the next_cursor of an earlier page.") from None
    payload = {
        "conversations": [conversation_payload(one) for one in page.conversations],
        "next_cursor": page.next_cursor,
    }
    return json_response(orjson.dumps(payload))


async def conversation(
    request: HttpRequest, caller: Caller, conversation_id: uuid.UUID
) -> HttpResponse:
    """The newest messages that are shown, or those before one of them."""
    query = read_query(request, MessagesQuery)
    found, part = await database_sync_to_async(_load)(caller.user, conversation_id, query.before)
    payload = {
        "conversation": conversation_payload(found),
        "messages": [
            message_payload(one, part.path.versions.get(one.id, ALONE))
            for one in part.path.messages
        ],
        "previous_id": part.first_id if part.has_earlier else None,
    }
    return json_response(orjson.dumps(payload))


def _load(
    user: User, conversation_id: uuid.UUID, before: uuid.UUID | None
) -> tuple[Conversation, window.Window]:
    found = access_conversation(user, conversation_id)
    part = window.before(found, before) if before else window.newest(found)
    if part is None:
        raise NotFound
    return found, part


ENDPOINTS = [
    Endpoint(
        method="GET",
        path="conversations",
        name="conversations",
        view=conversations,
        scope="history",
        summary="List conversations, the newest first.",
        query=ListQuery,
        answers={200: (ConversationList, JSON)},
    ),
    Endpoint(
        method="GET",
        path="conversations/<uuid:conversation_id>",
        name="conversation",
        view=conversation,
        scope="history",
        summary="Read a conversation's messages, a page at a time.",
        query=MessagesQuery,
        answers={200: (ConversationPage, JSON)},
        refusals=frozenset({404}),
    ),
]
