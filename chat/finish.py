"""Writes down finished replies."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from chat.ledger import Charge, enter
from chat.models import Message
from chat.rows import update_rows

ERROR_TEXT_MAX_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a reply ended, and what it took. Times are in milliseconds since it was accepted."""

    id: uuid.UUID
    attempt: int
    status: Message.Status
    content: str
    finished_at: datetime
    seams: list[int] = field(default_factory=list)
    thinking: str = ""
    source: str = ""
    provider: str = ""
    model: str = ""
    finish_reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: Decimal | None = None
    tries: list[dict[str, Any]] = field(default_factory=list)
    route: dict[str, Any] = field(default_factory=dict)
    first_token_ms: int | None = None
    processing_time_ms: int | None = None
    error_code: str = ""
    error_sentence: str = ""
    error_detail: str = ""


FIELDS = [name for name in Finished.__slots__ if name not in ("id", "attempt")]


def finish(finished: Sequence[Finished]) -> set[uuid.UUID]:
    """Write how these replies ended; gives the ids of those that were written.

    What has ended stays as it is, what was deleted is left alone, and an attempt that another
    worker took over from is refused. What their tries cost is entered in the ledger with them.
    """
    with transaction.atomic():
        unfinished = {
            one.id: one
            for one in Message.objects.select_for_update(of=("self",), no_key=True)
            .filter(id__in=[one.id for one in finished], status=Message.Status.PROCESSING)
            .order_by("id")
            .select_related("conversation", "prompt")
            .only("attempts", "api_key", "conversation__owner", "prompt__assistant")
        }
        rows = [
            one
            for one in finished
            if one.id in unfinished and unfinished[one.id].attempts == one.attempt
        ]
        update_rows(Message, FIELDS, rows)
        charges = []
        for row in rows:
            reply = unfinished[row.id]
            assistant_id = reply.prompt.assistant_id if reply.prompt else None
            owner_id = reply.conversation.owner_id
            charges.append(_charge(row, owner_id, assistant_id, reply.api_key_id))
        enter(charges)
    return {row.id for row in rows}


def charge_unsaved(
    finished: Finished,
    person_id: uuid.UUID | None,
    assistant_id: uuid.UUID | None = None,
    key_id: uuid.UUID | None = None,
) -> bool:
    """Enter what an attempt cost that is not kept: its reply was deleted while it was made, or
    another attempt makes it. Gives False where it was saved after all, and the answer was lost.
    """
    with transaction.atomic():
        # Also who gave this attempt up for dead has written its number, and another time.
        same = {"attempts": finished.attempt, "finished_at": finished.finished_at}
        if Message.objects.filter(id=finished.id, **same).exists():
            return False
        enter([_charge(finished, person_id, assistant_id, key_id)])
    return True


def _charge(
    finished: Finished,
    person_id: uuid.UUID | None,
    assistant_id: uuid.UUID | None,
    key_id: uuid.UUID | None,
) -> Charge:
    return Charge(
        person_id,
        finished.finished_at,
        finished.tries,
        assistant=str(assistant_id or ""),
        api_key=str(key_id or ""),
    )
