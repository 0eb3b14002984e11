"""All addresses below ``/api/v1/``; what is not there is answered in JSON, too."""

from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from streaming.doors.api import chat, conversations, messages, versions
from streaming.doors.api.endpoint import addresses
from streaming.doors.api.errors import error_response
from streaming.errors import NotFound

ENDPOINTS = [
    *chat.ENDPOINTS,
    *messages.ENDPOINTS,
    *versions.ENDPOINTS,
    *conversations.ENDPOINTS,
]


@csrf_exempt
async def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """There is no such address."""
    return error_response(NotFound("There is no such address."))


urlpatterns = [
    *addresses(ENDPOINTS),
    re_path(r"^(?P<rest>(?s:.*))$", nothing),
]
