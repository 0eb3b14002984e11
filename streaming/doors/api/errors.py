"""What a refused request is answered with: ``{"error": {"code", "message"}}`` and its status."""

import logging
import math

import orjson
from django.db import DatabaseError
from django.http import HttpResponse
from redis.exceptions import RedisError

from chat.access import NotFound as NoAccess
from chat.submissions import SignedOut
from streaming.errors import Busy, ChatError, InternalError, NotFound, Refused, Unauthenticated

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
    if refused.retry_after is not None:
        # Whole seconds; never earlier than it helps.
        response["Retry-After"] = str(max(1, math.ceil(refused.retry_after)))
    if refused.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response
