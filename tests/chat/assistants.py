"""Messages to assistants, accepted and answered without a model."""

import uuid
from typing import Any

from chat.accept import accept
from chat.finish import Finished, finish
from chat.models import Assistant, Message, User
from chat.submissions import Accepted, Outcome, Submission


def default() -> Assistant:
    return Assistant.objects.get(is_default=True)


def sent(person: User, text: str = "Hello", **more: Any) -> Outcome:
    """Send a message; gives what has become of it."""
    more.setdefault("client_id", uuid.uuid4().hex)
    (outcome,) = accept([Submission(user_id=person.id, text=text, **more)])
    return outcome


def accepted(person: User, text: str = "Hello", **more: Any) -> Accepted:
    """What was sent, and not refused."""
    outcome = sent(person, text, **more)
    assert isinstance(outcome, Accepted)
    return outcome


def ended(reply: Message, **figures: Any) -> None:
    """Finish a reply, with these figures."""
    fields: dict[str, Any] = {"status": Message.Status.COMPLETE, "content": "Yes"}
    finish([Finished(id=reply.id, attempt=1, finished_at=reply.created_at, **(fields | figures))])
