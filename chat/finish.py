"""Writes down finished replies."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from chat.models import Message

ERROR_TEXT_MAX_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a reply ended, and what it took. Times are in milliseconds since it was accepted."""

    id: uuid.UUID
    attempt: int
    status: Message.Status
    content: str
    finished_at: datetime
    source: str = ""
    provider: str = ""
    model: str = ""
    finish_reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: Decimal | None = None
    first_token_ms: int | None = None
    processing_time_ms: int | None = None
    error_code: str = ""
    error_sentence: str = ""
    error_detail: str = ""


FIELDS = [name for name in Finished.__slots__ if name not in ("id", "attempt")]


def finish(finished: Sequence[Finished]) -> set[uuid.UUID]:
    """Write how these replies ended; gives the ids of those that were written.

    What has ended stays as it is, what was deleted is left alone, and an attempt that another
    worker took over from is refused.
    """
    with transaction.atomic():
        attempts = dict(
            Message.objects.select_for_update()
            .filter(id__in=[one.id for one in finished], status=Message.Status.PROCESSING)
            .order_by("id")
            .values_list("id", "attempts")
        )
        rows = [one for one in finished if attempts.get(one.id) == one.attempt]
        if rows:
            _update(rows)
    return {row.id for row in rows}


def _update(rows: Sequence[Finished]) -> None:
    # One prepared statement for all that ended at the same moment (see chat/accept.py).
    fields = [Message._meta.get_field(name) for name in FIELDS]
    assignments = ", ".join(f"{connection.ops.quote_name(field.column)} = %s" for field in fields)
    identity = Message._meta.get_field("id")
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {connection.ops.quote_name(Message._meta.db_table)}"
            f" SET {assignments} WHERE id = %s",
            [
                [
                    *(field.get_db_prep_save(getattr(row, field.name), connection) for field in fields),
                    identity.get_db_prep_save(row.id, connection),
                ]
                for row in rows
            ],
        )
