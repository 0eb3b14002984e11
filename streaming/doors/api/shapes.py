"""The shapes of what is asked and answered; the description of the API is made from them."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chat.models.messages import CLIENT_ID_MAX_CHARS
from streaming.chunks import SEQ_MAX

LIST_MAX = 100
LIST_DEFAULT = 50


class Asked(BaseModel):
    """What comes in: no field that is not named, no type that is not meant."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Sent(BaseModel):
    """What goes out: fields may be added."""


class ChatRequest(Asked):
    """One message to be answered."""

    message: str = Field(description="What is said.")
    conversation_id: uuid.UUID | None = Field(
        None, description="The conversation it belongs to; null begins a new one."
    )
    client_id: Annotated[str, Field(min_length=1, max_length=CLIENT_ID_MAX_CHARS)] | None = Field(
        None,
        description="Your own name for this send. Sent again with the same one, it is answered "
        "with the same reply and never starts a second.",
    )
    context: dict[str, Any] | None = Field(
        None,
        description="What the app knows of the person: language, time_zone, location.",
    )
    model: str | None = Field(None, description="provider:model, or auto.")
    assistant_id: uuid.UUID | None = Field(
        None, description="Who answers in a new conversation; null is the default one."
    )
    parent_id: uuid.UUID | None = Field(
        None,
        description="The reply that the message follows: another version of what was said after "
        "it. Null: of the first message. Left out: at the end.",
    )


class StreamQuery(Asked):
    after: int | None = Field(
        None,
        ge=-1,
        le=SEQ_MAX,
        description="The last id that was received; Last-Event-ID goes before it.",
    )
    format: Literal["events", "text"] = "events"


class FormatQuery(Asked):
    format: Literal["events", "text"] = "events"


class ListQuery(Asked):
    cursor: str = Field("", description="The next_cursor of the page before.")
    limit: int = Field(LIST_DEFAULT, ge=1, le=LIST_MAX)


class MessagesQuery(Asked):
    before: uuid.UUID | None = Field(
        None, description="A page of messages just before this one; previous_id of the page."
    )


class Usage(Sent):
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None


class ChatAnswer(Sent):
    """A whole reply."""

    message_id: uuid.UUID
    conversation_id: uuid.UUID
    user_message_id: uuid.UUID | None
    client_id: str | None
    response: str
    status: Literal["complete", "stopped", "interrupted", "failed"]
    finish_reason: str | None
    source: str | None
    provider: str | None
    model: str | None
    processing_time_ms: int | None
    first_token_ms: int | None
    usage: Usage
    tokens_per_second: float | None
    cost_usd: str | None


class Stopped(Sent):
    message_id: uuid.UUID
    status: str = Field(description="Where the reply stood; stopping it is under way.")


class ConversationShape(Sent):
    id: uuid.UUID
    title: str
    assistant_id: uuid.UUID | None
    created_at: datetime
    updated_at: datetime
    pinned: bool
    archived: bool
    deleted: bool


class ConversationList(Sent):
    """A page of conversations, the newest first."""

    conversations: list[ConversationShape]
    next_cursor: str | None


class VersionsShape(Sent):
    """Which of how many versions a message is, and its neighbours."""

    index: int
    count: int
    previous_id: uuid.UUID | None
    next_id: uuid.UUID | None


class MessageError(Sent):
    code: str
    sentence: str
    retryable: bool


class MessageShape(Sent):
    id: uuid.UUID
    conversation_id: uuid.UUID
    parent_id: uuid.UUID | None
    role: Literal["user", "assistant"]
    status: Literal["processing", "complete", "stopped", "interrupted", "failed"]
    content: str
    client_id: str | None
    created_at: datetime
    versions: VersionsShape
    metadata: dict[str, Any]
    thinking: str
    error: MessageError | None


class ConversationPage(Sent):
    """A conversation and the newest of its messages that are shown, the first one first."""

    conversation: ConversationShape
    messages: list[MessageShape]
    previous_id: uuid.UUID | None = Field(
        description="Ask with before=… for what was said earlier; null at the beginning."
    )


class ErrorDetail(Sent):
    code: str
    message: str


class ErrorAnswer(Sent):
    """A refused request."""

    error: ErrorDetail


class FailedAnswer(ChatAnswer):
    """A reply that broke off; what was written before is kept."""

    error: ErrorDetail
