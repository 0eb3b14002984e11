"""The shape of a Messages request; fields that are not named here are ignored."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from chat.options import Options
from streaming.doors.compatible.wanted import (
    MESSAGES_MAX,
    BadParameter,
    Line,
    Listed,
    Parts,
    Wanted,
    stops,
    text_of,
    wanted,
)


class Message(BaseModel):
    role: Literal["user", "assistant"]
    content: str | Parts


class Messages(BaseModel):
    """A request. What is named and cannot be honoured is refused."""

    model: Annotated[str, Field(min_length=1)]
    messages: Annotated[Listed[Message], Field(min_length=1, max_length=MESSAGES_MAX)]
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)]
    system: str | Parts | None = None
    stream: bool | None = None
    temperature: Annotated[float, Field(ge=0, le=1)] | None = None
    stop_sequences: Listed[str] | None = None
    tools: list[Any] | None = None
    mcp_servers: list[Any] | None = None

    def wanted(self) -> Wanted:
        """The same in our own words. Raises BadParameter, MessageTooLong."""
        for param in ("tools", "mcp_servers"):
            if getattr(self, param):
                raise BadParameter(param, "Tools are not supported here.")
        options = Options(
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            stop=stops(self.stop_sequences, "stop_sequences"),
        )
        lines = [Line("system", text_of(self.system, "system"), "system")] if self.system else []
        for index, message in enumerate(self.messages):
            param = f"messages.{index}.content"
            lines.append(Line(message.role, text_of(message.content, param), param))
        return wanted(lines, self.model, options, is_streamed=bool(self.stream))
