"""Secret links: made and revoked by a conversation's owner, read by whoever has one."""

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat.access import NotFound, access_share, shares_of
from chat.history import links_of, path_of, read_messages
from chat.models import Message, Share
from chat.views.people import own, person
from chat.views.shown import shown

LINKS_PER_CONVERSATION = 20
MESSAGES_PER_PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@cache_control(private=True, no_cache=True)
def share(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """What sharing means, the links there are, and the button that makes one."""
    conversation = own(request, conversation_id)
    links = shares_of(person(request)).filter(conversation=conversation)
    if request.method != "POST":
        return render(
            request,
            "chat/share.html",
            {"conversation": conversation, "shares": _with_addresses(request, links)},
        )
    if conversation.tip_id is None:
        raise Http404
    # The same state has one link, however often the button is pressed.
    if links.count() < LINKS_PER_CONVERSATION:
        Share.objects.get_or_create(
            conversation=conversation,
            tip_id=conversation.tip_id,
            defaults={"title": conversation.title},
        )
    else:
        messages.error(request, _("This conversation has many links. Revoke one first."))
    return redirect("share", conversation.id)


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
def listed(request: HttpRequest) -> HttpResponse:
    """All links of this person."""
    links = shares_of(person(request)).select_related("conversation")
    return render(request, "accounts/shares.html", {"shares": _with_addresses(request, links)})


@require_POST
@login_required
def revoke(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    """End a link, at once and for good."""
    link = shares_of(person(request)).filter(id=share_id).first()
    if link is None:
        raise Http404
    link.delete()
    messages.success(request, _("The link no longer works."))
    if request.POST.get("next") == "conversation":
        return redirect("share", link.conversation_id)
    return redirect("shares")


@require_safe
@never_cache
def read(request: HttpRequest, token: str) -> HttpResponse:
    """The conversation as it was when the link was made; nobody needs to sign in."""
    try:
        link = access_share(token)
    except NotFound:
        raise Http404 from None
    page, said = _page(link, request.GET.get("page"))
    context = {"share": link, "page": page, "said": shown(said)}
    response = render(request, "chat/shared.html", context)
    # The address is the secret: it goes into no index, and to no site that a reader goes on to.
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _page(link: Share, number: str | None) -> tuple[Page, list[Message]]:
    """A part of what was shared: anybody may ask for it, so it is never very long."""
    ids = path_of(links_of(link.conversation_id), link.tip_id)
    page = Paginator(ids, MESSAGES_PER_PAGE).get_page(number)
    return page, [
        message for message in read_messages(list(page.object_list)) if message.is_finished
    ]


def _with_addresses(request: HttpRequest, links: Iterable[Share]) -> list[tuple[Share, str]]:
    return [
        (link, request.build_absolute_uri(reverse("shared", args=[link.token]))) for link in links
    ]
