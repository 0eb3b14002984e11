"""Lists of conversations: by date, found, archived. Pages, and fragments for the sidebar."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from chat.access import conversations_of
from chat.search.find import FOUND_MAX, search
from chat.search.words import QUERY_MAX_CHARS, words_in
from chat.sidebar import listing
from chat.views.people import person, zone_of

ARCHIVED_PER_PAGE = 50


def _is_fragment(request: HttpRequest) -> bool:
    """A part of a page for a script, by an address of its own: caches keep them apart."""
    return "fragment" in request.GET


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
def by_date(request: HttpRequest) -> HttpResponse:
    """The conversations after those that are listed already."""
    context = {"listing": listing(person(request), zone_of(request), request.GET.get("after", ""))}
    template = "chat/_conversations.html" if _is_fragment(request) else "chat/list.html"
    return render(request, template, context)


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
def found(request: HttpRequest) -> HttpResponse:
    """The conversations in which all words of ``q`` stand."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:QUERY_MAX_CHARS]
    results = search(person(request), query)
    context = {
        "query": query,
        "is_asked": bool(words_in(query)),
        "results": results,
        "is_cut": len(results) == FOUND_MAX,
    }
    template = "chat/_found.html" if _is_fragment(request) else "chat/search.html"
    return render(request, template, context)


@require_safe
@login_required
@cache_control(private=True, no_cache=True)
def archived(request: HttpRequest) -> HttpResponse:
    """What was put away; each can be brought back."""
    kept = conversations_of(person(request)).exclude(archived_at=None).order_by("-archived_at")
    page = Paginator(kept, ARCHIVED_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "chat/archive.html", {"page": page})
