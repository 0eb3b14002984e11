"""Messages and wishes that are accepted, and answered without a model."""

import uuid
from datetime import UTC, datetime

from chat.accept import accept
from chat.finish import Finished, finish
from chat.models import Message, User
from chat.submissions import Accepted, Outcome, Submission


def tried(user: User, text: str = "", **more: object) -> Outcome:
    """Send a message or a wish; gives what has become of it."""
    fields: dict[str, object] = {"client_id": uuid.uuid4().hex} | more
    (outcome,) = accept([Submission(user_id=user.id, text=text, **fields)])  # type: ignore[arg-type]
    return outcome


def asked(
    user: User,
    text: str = "",
    answer: str = "an answer",
    status: Message.Status = Message.Status.COMPLETE,
    **more: object,
) -> Accepted:
    """What was accepted, and answered."""
    outcome = tried(user, text, **more)
    assert isinstance(outcome, Accepted), outcome
    end(outcome.reply, answer, status)
    return outcome


def end(reply: Message, answer: str, status: Message.Status) -> None:
    finish(
        [
            Finished(
                id=reply.id,
                attempt=reply.attempts,
                status=status,
                content=answer,
                finished_at=datetime.now(UTC),
            )
        ]
    )
