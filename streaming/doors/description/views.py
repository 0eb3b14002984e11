"""Where the descriptions are read."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from streaming.doors.description.asyncapi import asyncapi


@require_safe
async def socket(request: HttpRequest) -> HttpResponse:
    """The socket's protocol, for programs; anybody may read it."""
    return _json(asyncapi(request.get_host(), secure=request.is_secure()))


def _json(document: object) -> HttpResponse:
    return HttpResponse(orjson.dumps(document), content_type="application/json")
