"""Other versions of what was said: the part of the page below one, and a box to write one."""

import uuid

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from chat.history import read_after
from chat.models import Message
from chat.views.choices import choices
from chat.views.people import own, person
from chat.views.shown import shown_path

# More is loaded with the page, which shows only the end of a long conversation.
PART_MESSAGES_MAX = 200


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def path(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The messages that are shown after ``after``, for a page that is open.

    Without content where the whole page must be loaded instead.
    """
    conversation = own(request, conversation_id)
    part = read_after(conversation, _after(request), at_most=PART_MESSAGES_MAX)
    if part is None:
        return HttpResponse(status=204)
    context = {"conversation": conversation, "said": shown_path(part, person(request))}
    return render(request, "chat/_path.html", context)


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def edit(request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID) -> HttpResponse:
    """A message of the person's in a box; sent, it becomes another version of it."""
    conversation = own(request, conversation_id)
    message = conversation.messages.filter(id=message_id, role=Message.Role.USER).first()
    if message is None:
        raise Http404
    draft = request.session.pop("draft", {})
    context = {
        "conversation": conversation,
        "message": message,
        "choices": choices(settings.CHAT_MODELS, conversation, draft.get("model", "")),
        "text": draft.get("text") or message.content,
        "client_id": draft.get("client_id") or uuid.uuid4(),
    }
    return render(request, "chat/edit.html", context)


def _after(request: HttpRequest) -> uuid.UUID | None:
    after = request.GET.get("after")
    if not after:
        return None
    try:
        return uuid.UUID(after)
    except ValueError:
        raise Http404 from None
