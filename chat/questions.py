"""What replies are made from: the question, and what was said before it."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from chat.history import path_to
from chat.models import Message
from chat.told import before

# Of a reply all, of what it belongs to only what it is made from: five whole tables cost twice as
# much to ask for.
NEEDED = (
    *(field.name for field in Message._meta.concrete_fields),
    *(
        f"prompt__{name}"
        for name in (
            "text", "assistant__tier", "assistant__temperature", "assistant__output_tokens_max",
            "assistant__gives_instant_answers", "assistant__caches_answers",
            "assistant__is_public",
        )
    ),
    *(
        f"conversation__{name}"
        for name in ("passes_at", "owner__username", "owner__first_name", "owner__last_name")
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reply that is to be made.

    With ``take_over`` an unfinished one counts a new attempt, which bars the earlier ones from
    saving theirs.
    """

    reply_id: uuid.UUID
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A reply, and what was said before it: the message it answers comes last.

    Where the app told what was said before the first message, that comes first (chat/told.py).
    """

    reply: Message
    said: list[Message]


def asked(wanted: Sequence[Wanted]) -> list[Asked | None]:
    """What these replies are made from, in the same order; None for one that was deleted.

    Two queries, however many there are: to build them costs more than to run them.
    """
    taken = [one.reply_id for one in wanted if one.take_over]
    if taken:
        Message.objects.filter(id__in=taken, status=Message.Status.PROCESSING).update(
            attempts=F("attempts") + 1
        )
    replies = (
        Message.objects.filter(role=Message.Role.ASSISTANT)
        .select_related("prompt__assistant", "conversation__owner")
        .only(*NEEDED)
        .in_bulk([one.reply_id for one in wanted])
    )
    said = defaultdict(list)
    for message in Message.objects.filter(
        conversation_id__in={reply.conversation_id for reply in replies.values()}
    ).only(
        "id", "conversation_id", "parent_id", "role", "content", "author_id", "source", "route",
        "context", "options",
    ):  # fmt: skip
        said[message.conversation_id].append(message)
    return [
        _asked(reply, said[reply.conversation_id]) if (reply := replies.get(one.reply_id)) else None
        for one in wanted
    ]


def _asked(reply: Message, said: list[Message]) -> Asked:
    path = path_to(said, reply.parent_id)
    return Asked(reply, [*before(path[0]), *path] if path else path)
