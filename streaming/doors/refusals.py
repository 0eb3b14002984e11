"""What is refused before any view is asked, in the shape of the address that was asked for."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation

from streaming.doors.anthropic import encoding as anthropic
from streaming.doors.api.errors import error_response
from streaming.doors.languages import language_of
from streaming.doors.openai import encoding as openai
from streaming.errors import MessageTooLong, Refused


def body_too_long() -> MessageTooLong:
    """For all doors; each may take less."""
    limit = settings.CHAT_BODY_MAX_BYTES
    return MessageTooLong("The body may have at most {limit} bytes.", limit=limit)


def response_to(scope: dict[str, Any], refused: Refused) -> HttpResponse:
    """The whole answer, in the language of whoever asks; ``scope`` as in ASGI."""
    with translation.override(language_of(scope)):
        response = _shaped(scope["path"], refused)
    response["Cache-Control"] = "no-store"
    return response


def _shaped(path: str, refused: Refused) -> HttpResponse:
    if path.startswith("/api/"):
        return error_response(refused)
    if path.startswith("/v1/messages"):
        return anthropic.refusal_response(refused)
    if path.startswith("/v1/"):
        return openai.refusal_response(refused)
    response = error_response(refused)
    response.content = f"{refused.told()}\n".encode()
    response["Content-Type"] = "text/plain; charset=utf-8"
    return response
