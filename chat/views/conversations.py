"""A conversation's page, and a part of it for the browser that scrolls up."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from chat import window
from chat.access import NotFound, access_deleted, conversations_of
from chat.budgets import state_of
from chat.history import Path
from chat.models import Conversation
from chat.shell import let_keep
from chat.sidebar import listing
from chat.views.assistants import assistant_of
from chat.views.choices import choices
from chat.views.people import own, person, zone_of
from chat.views.shown import BLANKS, is_waiting, shown, shown_path
from chat.window import Window

DRAFT_MAX_CHARS = 2000


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the newest conversation, or to a new one."""
    kept = conversations_of(person(request)).filter(archived_at=None)
    newest = kept.order_by("-updated_at").only("id").first()
    return redirect("conversation", newest.id) if newest else redirect("chat-new")


@require_safe
@login_required
@gzip_page
@cache_control(private=True, no_cache=True)
def new(request: HttpRequest) -> HttpResponse:
    """An empty conversation; it is kept from its first message on.

    ``assistant`` names who is to answer in it.
    """
    return _page(request, None, Window(Path([])))


@require_safe
@login_required
@gzip_page
@cache_control(private=True, no_cache=True)
def show(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """A conversation's newest messages, with replies in progress up to this moment.

    ``before`` and ``at`` name a message: what was said before it, or from it on.
    """
    conversation = own(request, conversation_id)
    part = _asked_part(request, conversation)
    if part is None:
        return _page(request, conversation, window.newest(conversation))
    if part.has_later:
        return render(request, "chat/earlier.html", _said(conversation, part))
    return _page(request, conversation, part)


@require_safe
@login_required
@gzip_page
@cache_control(private=True, no_cache=True)
def earlier(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The messages before ``before``, for a page that is open."""
    conversation = own(request, conversation_id)
    part = _asked_part(request, conversation)
    if part is None:
        raise Http404
    context = _said(conversation, part) | {"said": shown_path(part.path, person(request))}
    return render(request, "chat/_messages.html", context)


def _asked_part(request: HttpRequest, conversation: Conversation) -> Window | None:
    if message_id := _id(request, "before"):
        return window.before(conversation, message_id)
    if message_id := _id(request, "at"):
        return window.around(conversation, message_id)
    return None


def _said(conversation: Conversation, part: Window) -> dict[str, object]:
    return {"conversation": conversation, "window": part, "said": shown(part.path.messages)}


def _page(request: HttpRequest, conversation: Conversation | None, part: Window) -> HttpResponse:
    response = render(request, "chat/conversation.html", page_context(request, conversation, part))
    return let_keep(response, person(request).id, conversation)


def page_context(
    request: HttpRequest, conversation: Conversation | None, part: Window
) -> dict[str, Any]:
    """What the page of a conversation shows; takes a refused draft out of the session."""
    draft = request.session.pop("draft", {})
    said = shown_path(part.path, person(request))
    return {
        "conversation": conversation,
        "listing": listing(person(request), zone_of(request)),
        "window": part,
        "said": said,
        "waiting": is_waiting(said),
        "blanks": BLANKS,
        "persona": assistant_of(request, conversation),
        "choices": choices(settings.CHAT_MODELS, conversation, draft.get("model", "")),
        # A link may bring the words: the examples do, without scripts.
        "message_max_chars": settings.CHAT_MESSAGE_MAX_CHARS,
        "draft": draft.get("text", "") or request.GET.get("message", "")[:DRAFT_MAX_CHARS],
        # A refused message that is sent again must not be a second one.
        "client_id": draft.get("client_id") or uuid.uuid4(),
        "deleted": _just_deleted(request),
        "budget": state_of(person(request).id),
    }


def _just_deleted(request: HttpRequest) -> Conversation | None:
    """The conversation that was deleted a moment ago, for the notice with the undo button."""
    conversation_id = _id(request, "deleted")
    if conversation_id is None:
        return None
    try:
        return access_deleted(person(request), conversation_id)
    except NotFound:
        return None


def _id(request: HttpRequest, name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get(name, ""))
    except ValueError:
        return None
