"""A conversation to keep, as a file."""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from chat import export
from chat.models import Conversation
from chat.views.people import own


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def markdown(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The conversation to read."""
    conversation = own(request, conversation_id)
    text = export.as_markdown(conversation)
    return _file(conversation, "md", text, "text/markdown; charset=utf-8")


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def as_json(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The conversation to work with."""
    conversation = own(request, conversation_id)
    return _file(conversation, "json", export.as_json(conversation), "application/json")


def _file(conversation: Conversation, ending: str, text: str, content_type: str) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    name = export.file_name(conversation, ending)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
