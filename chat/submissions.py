"""What comes in to be written down, and what becomes of it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from chat.beginnings import Beginning
from chat.budgets import OverBudget
from chat.history import ALONE, Versions
from chat.models import Conversation, Message
from chat.sessions import SignIn


class Place(Enum):
    """Where a message goes, if not after one that is named."""

    END = "end"
    BEGINNING = "beginning"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is there already to be said to a message: after ``parent_id``, and by this prompt.

    ``row`` are the fields of the reply; empty where a worker says it, word by word.
    """

    parent_id: uuid.UUID | None
    prompt_id: int | None
    row: Mapping[str, Any]

    def give(self, question: Message, reply: Message) -> None:
        """Make it the reply to this question, unless it is asked in another place by now."""
        if (question.parent_id, reply.prompt_id) == (self.parent_id, self.prompt_id):
            for name, value in self.row.items():
                setattr(reply, name, value)
            if self.row:
                reply.finished_at = reply.created_at


@dataclass(frozen=True, slots=True)
class Submission:
    """What came in: a message, or the wish for another version of the reply ``again``.

    ``goes_on``: that version begins with the text of the first one. ``sign_in`` is None where
    the caller has just been checked; where it names an API key, that key pays. ``remembers``:
    the model, or that none was chosen, is what the conversation goes on with. ``assistant_id``
    is for a new conversation; None is the default one. ``context`` is sanitised (chat/context.py,
    chat/told.py). ``beginning`` is what a program brings with it.
    """

    user_id: uuid.UUID
    text: str
    client_id: str
    conversation_id: uuid.UUID | None = None
    sign_in: SignIn | None = None
    provider: str = ""
    model: str = ""
    remembers: bool = False
    after: uuid.UUID | Place = Place.END
    again: uuid.UUID | None = None
    goes_on: bool = False
    assistant_id: uuid.UUID | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    beginning: Beginning | None = None
    # Whether the model that was asked for costs something, and whether there is one that does not.
    costs: bool = True
    can_be_free: bool = False
    # Known without a model: costs nothing, whatever is left of a budget.
    answer: Answer | None = None
    # Where it came from; empty: not counted by address.
    address: str = ""

    @property
    def key_id(self) -> uuid.UUID | None:
        """The API key by which it was sent."""
        return self.sign_in.key_id if self.sign_in else None

    @property
    def wanted_model(self) -> str:
        """``provider:model``, empty for "auto"."""
        return f"{self.provider}:{self.model}" if self.model else ""

    @property
    def route(self) -> dict[str, str]:
        """What the worker has to know of the person's wish."""
        return {"wanted": self.wanted_model} if self.model else {}


@dataclass(slots=True)
class Accepted:
    """The rows of what was accepted; ``repeated`` when the same send was accepted before.

    The versions are those at that moment, however often it is asked for.
    """

    question: Message
    reply: Message
    conversation: Conversation
    repeated: bool = False
    is_new_conversation: bool = field(default=False)
    question_versions: Versions = ALONE
    reply_versions: Versions = ALONE

    @property
    def client_id(self) -> str | None:
        """The name of the send that made the reply."""
        return self.reply.client_id or self.question.client_id


class Denied(Exception):
    """The conversation or message is unknown or somebody else's."""


class SignedOut(Exception):
    """The session that the connection was opened with has ended, or the key was revoked."""


class Unfinished(Exception):
    """A reply that is shown is still being made: what follows it cannot be exchanged yet."""


class TooManyReplies(Exception):
    """So many answers are being written for this person already."""


class Whole(Exception):
    """The reply came to its end, or has no text: there is nothing to go on with."""


Outcome = Accepted | OverBudget | Denied | SignedOut | Unfinished | TooManyReplies | Whole
