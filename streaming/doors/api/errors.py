"""What a refused request is answered with: ``{"error": {"code", "message"}}`` and its status."""

import logging
import math

import orjson
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from redis.exceptions import RedisError

from chat.access import NotFound as NoAccess
from chat.submissions import SignedOut
from streaming.errors import (
    BadFrame,
    Busy,
    ChatError,
    InternalError,
    NotFound,
    Refused,
    Unauthenticated,
)

AGAIN_SECONDS = 2.0

logger = logging.getLogger("rivulet.api")


class Failed(Refused):
    """Our own mistake."""

    code = InternalError.code
    status = 500
    sentence = InternalError.sentence


def refusal_of(error: Exception) -> Refused:
    """What whoever asked is told of this error; what nobody foresaw is logged by its type."""
    match error:
        case Refused():
            return error
        case NoAccess():
            return NotFound()
        case SignedOut():
            return Unauthenticated()
        case BadRequest() | SuspiciousOperation() | MultiPartParserError():
            # Django's own words for a query or a form that cannot be read.
            return BadFrame()
        case DatabaseError() | RedisError() | OSError():
            # Also TimeoutError, which is one of them.
            logger.warning("a request was not answered: %s", type(error).__name__)
            return Busy(retry_after=AGAIN_SECONDS)
        case _:
            logger.error("a request was not answered: %s", type(error).__name__)
            return Failed()


def error_payload(error: ChatError) -> dict[str, dict[str, str]]:
    """The error's shape, its sentence in the language that is active."""
    return {"error": {"code": error.code, "message": error.told()}}


def error_response(refused: Refused) -> HttpResponse:
    """The whole answer."""
    response = HttpResponse(
        orjson.dumps(error_payload(refused)),
        status=refused.status,
        content_type="application/json",
    )
    add_retry_after(response, refused)
    if refused.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def add_retry_after(response: HttpResponse, refused: Refused) -> None:
    """How long to wait: always said with 429 and 503, and wherever it is known."""
    seconds = refused.retry_after
    if seconds is None and response.status_code in (429, 503):
        seconds = AGAIN_SECONDS
    if seconds is not None:
        # Whole seconds; never earlier than it helps.
        response["Retry-After"] = str(max(1, math.ceil(seconds)))
