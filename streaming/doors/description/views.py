"""Where the descriptions are read."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from streaming.doors.description import page
from streaming.doors.description.asyncapi import PROTOCOL, asyncapi
from streaming.doors.description.openapi import ABOUT, openapi


@require_safe
async def socket(request: HttpRequest) -> HttpResponse:
    """The socket's protocol, for programs; anybody may read it."""
    return _json(asyncapi(request.get_host(), secure=request.is_secure()))


@require_safe
async def http(request: HttpRequest) -> HttpResponse:
    """The endpoints, for programs; anybody may read it."""
    return _json(openapi(request.build_absolute_uri("/").rstrip("/")))


@require_safe
def readable(request: HttpRequest) -> HttpResponse:
    """Both, for people."""
    sent, got = page.frames()
    described = {
        "about": ABOUT,
        "protocol": PROTOCOL,
        "operations": page.operations(),
        "shapes": page.shapes(),
        "sent": sent,
        "got": got,
        "close_codes": page.close_codes(),
    }
    return render(request, "description/api.html", described)


def _json(document: object) -> HttpResponse:
    return HttpResponse(orjson.dumps(document), content_type="application/json")
