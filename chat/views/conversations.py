"""The conversations: list, read, rename, delete."""

import uuid
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.access import NotFound, access_conversation
from chat.forms import RenameForm
from chat.history import history
from chat.models import Conversation, User
from chat.views.shown import BLANKS, ShownMessage, is_waiting, shown

LISTED_CONVERSATIONS = 50

EXAMPLES = [
    gettext_lazy("Explain how tides work, as if I were ten"),
    gettext_lazy("Help me word a kind but firm no to an invitation"),
    gettext_lazy("Write a Python function that finds duplicate files"),
    gettext_lazy("Plan three easy dinners from lentils, rice and spinach"),
]


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the newest conversation, or to a new one."""
    newest = _listed(request).first()
    return redirect("conversation", newest.id) if newest else redirect("chat-new")


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
def new(request: HttpRequest) -> HttpResponse:
    """An empty conversation; it is kept from its first message on."""
    return _page(request, conversation=None, said=[])


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
def show(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """A conversation, with replies in progress up to this moment."""
    conversation = _own(request, conversation_id)
    return _page(request, conversation=conversation, said=shown(history(conversation)))


@require_POST
@login_required
def rename(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Give a conversation another title."""
    conversation = _own(request, conversation_id)
    form = RenameForm(request.POST, instance=conversation)
    if form.is_valid():
        # Only the title: a reply may be moving the tip at this moment.
        form.instance.save(update_fields=["title"])
    else:
        messages.error(request, _("A title has between 1 and 80 characters."))
    return redirect("conversation", conversation.id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def delete(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete a conversation with everything in it."""
    conversation = _own(request, conversation_id)
    if request.method == "POST":
        conversation.delete()
        return redirect("home")
    return render(request, "chat/delete.html", {"conversation": conversation})


def _page(
    request: HttpRequest, *, conversation: Conversation | None, said: list[ShownMessage]
) -> HttpResponse:
    draft = request.session.pop("draft", {})
    context = {
        "conversation": conversation,
        "conversations": list(_listed(request)),
        "said": said,
        "waiting": is_waiting(said),
        "blanks": BLANKS,
        "examples": EXAMPLES,
        "draft": draft.get("text", ""),
        # A refused message that is sent again must not be a second one.
        "client_id": draft.get("client_id") or uuid.uuid4(),
    }
    return render(request, "chat/conversation.html", context)


def _listed(request: HttpRequest) -> QuerySet[Conversation]:
    newest = Conversation.objects.filter(owner=_person(request)).order_by("-updated_at")
    return newest.only("id", "title", "updated_at")[:LISTED_CONVERSATIONS]


def _own(request: HttpRequest, conversation_id: uuid.UUID) -> Conversation:
    try:
        return access_conversation(_person(request), conversation_id)
    except NotFound:
        raise Http404 from None


def _person(request: HttpRequest) -> User:
    # Behind login_required nobody is anonymous.
    return cast(User, request.user)
