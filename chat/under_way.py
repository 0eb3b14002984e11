"""How many answers are being written for a person at the same time.

The rows say it: a reply that has ended, was stopped or was found without a worker is none of them
from that moment on, whoever dies. A second count, kept elsewhere, would need somebody to put it
right for each process that does.
"""

import uuid
from collections import Counter
from collections.abc import Iterable

from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet

from chat.models import Message, User


def under_way() -> QuerySet[Message]:
    """Every answer that is being written: few, and found by an index of their own."""
    return Message.objects.filter(
        status=Message.Status.PROCESSING, role=Message.Role.ASSISTANT
    ).order_by()


def by_owner(replies: QuerySet[Message]) -> dict[uuid.UUID, int]:
    """How many of these each person has.

    All people's: with some people's names in the question SQLite would go through everything
    that these have ever said.
    """
    return dict(replies.values_list("conversation__owner").annotate(Count("id")))


class UnderWay:
    """The count, for some people, in the transaction that adds to it."""

    def __init__(self, people: Iterable[uuid.UUID]) -> None:
        asked = set(people)
        # One after the other for one person, whichever process they came to; with SQLite all
        # transactions that write are. Not their keys: those are what the ledger's lines name.
        if connection.features.has_select_for_update:
            list(
                User.objects.select_for_update(no_key=True)
                .filter(id__in=asked)
                .order_by("id")
                .only("id")
            )
        self._count = Counter(by_owner(under_way()))

    def is_full(self, person: uuid.UUID) -> bool:
        """Whether there may be no further one."""
        return self._count[person] >= settings.CHAT_REPLIES_PER_PERSON

    def add(self, person: uuid.UUID) -> None:
        """One more was accepted."""
        self._count[person] += 1
