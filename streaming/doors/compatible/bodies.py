"""Reads a program's request: JSON of which unknown fields are ignored."""

from typing import TypeVar

from django.http import HttpRequest
from pydantic import BaseModel, ValidationError

from streaming.doors.compatible.wanted import BadParameter
from streaming.errors import BadFrame, MessageTooLong, WrongType

# The longest conversation (wanted.CHARS_MAX), most of it escaped.
BODY_BYTES_MAX = 4 * 1024 * 1024
PARAM_MAX_CHARS = 100

Shape = TypeVar("Shape", bound=BaseModel)


def check_length(request: HttpRequest) -> None:
    """Look at the length that was announced. Raises MessageTooLong, BadFrame."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not announced.isdecimal():
        raise BadFrame("Content-Length must be a number.")
    if int(announced) > BODY_BYTES_MAX:
        raise _too_long()


def read(request: HttpRequest, shape: type[Shape]) -> Shape:
    """The body in its shape. Raises WrongType, MessageTooLong, BadFrame, BadParameter."""
    if request.content_type != "application/json":
        raise WrongType
    # Announced or not: never more than one byte beyond the limit comes into memory.
    body = request.read(BODY_BYTES_MAX + 1)
    if len(body) > BODY_BYTES_MAX:
        raise _too_long()
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        param = ".".join(map(str, first["loc"]))[:PARAM_MAX_CHARS]
        if first["type"] == "json_invalid":
            raise BadFrame("The body is not valid JSON.") from None
        if not param:
            raise BadFrame("The body must be a JSON object.") from None
        raise BadParameter(param, f"{param}: {first['msg']}.") from None


def _too_long() -> MessageTooLong:
    return MessageTooLong("The body may have at most {limit} bytes.", limit=BODY_BYTES_MAX)
