"""What was accepted before: a message that is sent twice is one message."""

import uuid
from collections.abc import Sequence

from chat.models import Message
from chat.submissions import Accepted, Submission


def accepted_before(submissions: Sequence[Submission]) -> dict[tuple[uuid.UUID, str], Accepted]:
    """The first one's rows, by person and ``client_id``."""
    # Programs number what they send: many people's messages have the same name.
    sent = Message.objects.filter(
        client_id__in={one.client_id for one in submissions},
        author__in={one.user_id for one in submissions},
    )
    # Nearly always there is nothing, and rows of three tables are dear to ask for.
    if not sent.exists():
        return {}
    sent = sent.select_related("conversation", "parent")
    pairs = [(one.parent, one) for one in sent if one.is_reply and one.parent]
    questions = {one.id: one for one in sent if not one.is_reply}
    first_replies = Message.objects.filter(
        parent__in=questions, role=Message.Role.ASSISTANT, client_id=None
    )
    pairs += [(questions[one.parent_id], one) for one in first_replies if one.parent_id]
    known: dict[tuple[uuid.UUID, str], Accepted] = {}
    for question, reply in pairs:
        named = reply if reply.client_id else question
        known[named.author_id, named.client_id] = Accepted(  # type: ignore[index]
            question, reply, named.conversation, repeated=True
        )
    return known
