"""Where the descriptions are read."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from streaming.doors.description.asyncapi import asyncapi
from streaming.doors.description.openapi import openapi


@require_safe
async def socket(request: HttpRequest) -> HttpResponse:
    """The socket's protocol, for programs; anybody may read it."""
    return _json(asyncapi(request.get_host(), secure=request.is_secure()))


@require_safe
async def http(request: HttpRequest) -> HttpResponse:
    """The endpoints, for programs; anybody may read it."""
    return _json(openapi(request.build_absolute_uri("/").rstrip("/")))


def _json(document: object) -> HttpResponse:
    return HttpResponse(orjson.dumps(document), content_type="application/json")
