"""A request's JSON body and query, read within limits and checked."""

from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from streaming.errors import BadFrame, MessageTooLong, WrongType

# An escaped character outside the basic plane, as two surrogates.
ESCAPED_BYTES_MAX = 12
# All that stands beside the message.
REST_BYTES_MAX = 16 * 1024
NAME_MAX_CHARS = 100
# Of more the first is not looked for: each of them costs time in which nobody is answered.
MISTAKES_MAX = 100

Shape = TypeVar("Shape", bound=BaseModel)


def bytes_max() -> int:
    """How long a body may be: one with the longest message, each character escaped."""
    return settings.CHAT_MESSAGE_MAX_CHARS * ESCAPED_BYTES_MAX + REST_BYTES_MAX


def check_length(request: HttpRequest) -> None:
    """Look at the length that was announced. Raises MessageTooLong, BadFrame."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not announced.isdecimal():
        raise BadFrame("Content-Length must be a number.")
    if int(announced) > bytes_max():
        raise _too_long()


def read_body(request: HttpRequest, shape: type[Shape]) -> Shape:
    """The body in its shape. Raises WrongType, MessageTooLong, BadFrame."""
    if request.content_type != "application/json":
        raise WrongType(gettext_noop("The body must be JSON, with Content-Type: application/json."))
    # Announced or not: never more than one byte beyond the limit comes into memory.
    body = request.read(bytes_max() + 1)
    if len(body) > bytes_max():
        raise _too_long()
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise BadFrame(_told(error)) from None


def read_query(request: HttpRequest, shape: type[Shape]) -> Shape:
    """The query in its shape; of a name that comes twice the last counts. Raises BadFrame."""
    try:
        return shape.model_validate_strings(request.GET.dict())
    except ValidationError as error:
        raise BadFrame(_told(error)) from None


def _too_long() -> MessageTooLong:
    return MessageTooLong(
        gettext_noop("The body may have at most {limit} bytes."), limit=bytes_max()
    )


def _told(error: ValidationError) -> str:
    """One sentence for the makers of a program, in English."""
    if error.error_count() > MISTAKES_MAX:
        return f"There are more than {MISTAKES_MAX} mistakes in it."
    return _told_first(error.errors(include_url=False, include_input=False)[0])


def _told_first(error: ErrorDetails) -> str:
    """It names the field."""
    name = ".".join(map(str, error["loc"]))[:NAME_MAX_CHARS]
    match error["type"]:
        case "json_invalid":
            return "The body is not valid JSON."
        case "missing":
            return f"{name} is missing."
        case "extra_forbidden":
            return f"There is no field {name}."
        case _ if not name:
            return "The body must be a JSON object."
        case _:
            return f"{name}: {error['msg']}."
