"""Where the descriptions are read; each is made once and kept, for anybody may ask."""

from functools import cache, lru_cache

import orjson
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from streaming.doors.description import page
from streaming.doors.description.asyncapi import PROTOCOL, asyncapi
from streaming.doors.description.openapi import ABOUT, openapi
from streaming.doors.description.prose import paragraphs

JSON = "application/json"
# A process answers to few names; the Host header is whoever asks' own.
NAMES_KEPT = 8


@require_safe
async def http(request: HttpRequest) -> HttpResponse:
    """The endpoints, for programs."""
    return HttpResponse(_openapi(f"{request.scheme}://{request.get_host()}"), content_type=JSON)


@lru_cache(NAMES_KEPT)
def _openapi(url: str) -> bytes:
    return orjson.dumps(openapi(url))


@require_safe
async def socket(request: HttpRequest) -> HttpResponse:
    """The socket's protocol, for programs."""
    document = _asyncapi(request.get_host(), secure=request.is_secure())
    return HttpResponse(document, content_type=JSON)


@lru_cache(NAMES_KEPT)
def _asyncapi(host: str, *, secure: bool) -> bytes:
    return orjson.dumps(asyncapi(host, secure=secure))


@require_safe
def readable(request: HttpRequest) -> HttpResponse:
    """Both, for people."""
    return HttpResponse(_page(get_language() or ""))


@cache
def _page(language: str) -> str:
    """The page in the active language; nothing on it is anybody's own."""
    sent, got = page.frames()
    described = {
        "about": paragraphs(ABOUT),
        "protocol": paragraphs(PROTOCOL),
        "operations": page.operations(),
        "shapes": page.shapes(),
        "sent": sent,
        "got": got,
        "close_codes": page.close_codes(),
    }
    return render_to_string("description/api.html", described)
