"""Reads what was said, as far as it can go into a prompt."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Sum

from chat.history import Link, path_to
from chat.models import Message

FIELDS = (
    "id", "conversation_id", "parent_id", "role", "status", "content", "author_id", "source",
    "route", "context", "options",
)  # fmt: skip
# No prompt has more: streaming/generation/prompt.py counts a token for every three.
BYTES_PER_TOKEN_MAX = 4


class Bytes(models.Func):
    """How many bytes a text has. PostgreSQL need not read the text for that."""

    function = "OCTET_LENGTH"
    output_field = models.IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """SQLite has a function of that name from 3.43 on."""
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))")


def room() -> int:
    """The bytes of the longest history that is sent to any model."""
    return settings.CHAT_HISTORY_TOKENS_MAX * BYTES_PER_TOKEN_MAX


def sizes_of(conversation_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, int]:
    """The bytes of all that was ever said in each of these."""
    sizes = (
        Message.objects.filter(conversation_id__in=set(conversation_ids))
        .order_by()
        .values_list("conversation_id")
        .annotate(bytes=Sum(Bytes("content")))
    )
    return dict(sizes)


def said_in(conversation_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Message]]:
    """Everything that was ever said in each of these."""
    found = defaultdict(list)
    for message in Message.objects.filter(conversation_id__in=set(conversation_ids)).only(*FIELDS):
        found[message.conversation_id].append(message)
    return found


def end_of_path(conversation_id: uuid.UUID, tip_id: uuid.UUID | None) -> list[Message]:
    """The path to this message, without what is too far back for any prompt.

    What is left out are whole rooms, counted from the first message on: the rest begins with the
    same one for many messages, and so does the prompt.
    """
    rows = Message.objects.filter(conversation_id=conversation_id)
    sizes: dict[uuid.UUID, int] = {}
    links: list[Link] = []
    for *link, size in rows.values_list("id", "parent_id", "role", Bytes("content")):
        links.append(Link(*link))
        sizes[link[0]] = size
    ids = [link.id for link in path_to(links, tip_id)]
    if not ids:
        return []
    surplus = sum(sizes[each] for each in ids) - room()
    left_out = surplus // room() * room()
    first = 0
    while (left_out := left_out - sizes[ids[first]]) >= 0:
        first += 1
    found = rows.only(*FIELDS).in_bulk(ids[first:])
    return [found[each] for each in ids[first:] if each in found]
