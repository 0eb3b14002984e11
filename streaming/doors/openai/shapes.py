"""The shape of a Chat Completions request; fields that are not named here are ignored."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from chat.options import Options
from streaming.doors.compatible.wanted import (
    MESSAGES_MAX,
    BadParameter,
    Line,
    Listed,
    Parts,
    Role,
    Wanted,
    stops,
    text_of,
    wanted,
)

Tokens = Annotated[int, Field(ge=1, le=1_000_000)]
ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


class Message(BaseModel):
    role: str
    content: str | Parts | None = None
    tool_calls: list[Any] | None = None
    function_call: Any = None


class StreamOptions(BaseModel):
    include_usage: bool | None = None


class ResponseFormat(BaseModel):
    type: str


class Completion(BaseModel):
    """A request. What is named and cannot be honoured is refused."""

    model: Annotated[str, Field(min_length=1)]
    messages: Annotated[Listed[Message], Field(min_length=1, max_length=MESSAGES_MAX)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    stop: str | Listed[str] | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    response_format: ResponseFormat | None = None
    modalities: Listed[str] | None = None

    def wanted(self) -> Wanted:
        """The same in our own words. Raises BadParameter, MessageTooLong."""
        for param in ("tools", "functions"):
            if getattr(self, param):
                raise BadParameter(param, "Tools are not supported here.")
        if self.response_format and self.response_format.type != "text":
            raise BadParameter("response_format", "Only text is answered here.")
        if self.modalities and set(self.modalities) != {"text"}:
            raise BadParameter("modalities", "Only text is answered here.")
        options = Options(
            temperature=self.temperature,
            max_tokens=self.max_completion_tokens or self.max_tokens,
            stop=stops(self.stop, "stop"),
        )
        return wanted(
            [_line(message, f"messages.{index}") for index, message in enumerate(self.messages)],
            self.model,
            options,
            is_streamed=bool(self.stream),
            tells_usage=bool(self.stream_options and self.stream_options.include_usage),
        )


def _line(message: Message, param: str) -> Line:
    if message.tool_calls or message.function_call:
        raise BadParameter(f"{param}.tool_calls", "Tools are not supported here.")
    if message.role not in ROLES:
        known = ", ".join(ROLES)
        raise BadParameter(f"{param}.role", f"The role must be one of {known}.")
    param = f"{param}.content"
    return Line(ROLES[message.role], text_of(message.content, param), param)
