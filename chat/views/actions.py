"""What is done with a conversation: rename, pin, archive, delete, undo.

Each is a form. A script asks for JSON and gets the conversation as it is now; the form alone
leads back to a page.
"""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chat import deletion
from chat.access import NotFound
from chat.forms import RenameForm
from chat.models import Conversation
from chat.payloads import conversation_payload
from chat.signals import changed
from chat.views.people import own, person

View = Callable[[HttpRequest, uuid.UUID], HttpResponse]


@require_POST
@login_required
def rename(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Give a conversation another title."""
    conversation = own(request, conversation_id)
    form = RenameForm(request.POST, instance=conversation)
    if not form.is_valid():
        sentence = _("A title has between 1 and 80 characters.")
        if _wants_json(request):
            return JsonResponse({"error": {"code": "bad_title", "message": sentence}}, status=400)
        messages.error(request, sentence)
        return redirect("conversation", conversation.id)
    conversation.title_by = Conversation.TitleBy.PERSON
    # Only the title: a reply may be moving the tip at this moment.
    conversation.save(update_fields=["title", "title_by"])
    changed(conversation)
    return _done(request, conversation)


def _switch(field: str, name: str) -> View:
    """A view that notes when something began, or takes the note away."""

    @require_POST
    @login_required
    def view(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
        conversation = own(request, conversation_id)
        setattr(conversation, field, timezone.now() if request.POST.get("on") == "1" else None)
        conversation.save(update_fields=[field])
        changed(conversation)
        return _done(request, conversation)

    view.__name__ = name
    return view


pin = _switch("pinned_at", "pin")
archive = _switch("archived_at", "archive")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def delete(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Delete a conversation; for a minute its owner can have it back."""
    conversation = own(request, conversation_id)
    if request.method != "POST":
        return render(request, "chat/delete.html", {"conversation": conversation})
    deletion.delete(conversation)
    if _wants_json(request):
        return _done(request, conversation)
    return redirect(f"{reverse('chat-new')}?deleted={conversation.id}")


@require_POST
@login_required
def restore(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Bring a deleted conversation back."""
    try:
        conversation = deletion.restore(person(request), conversation_id)
    except NotFound:
        raise Http404 from None
    return _done(request, conversation)


def _done(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"conversation": conversation_payload(conversation)})
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        # Not `redirect`, which would look for a page of that name.
        return HttpResponseRedirect(back)
    return redirect("conversation", conversation.id)


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"
