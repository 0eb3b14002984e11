"""Titles that a model made."""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from chat.ledger import Charge, enter
from chat.models import Conversation, Spending
from chat.models.conversations import is_visible, title_from
from chat.signals import changed

WORDS_MAX = 10
LABEL = re.compile(r"^(title|titel|titre|título|titolo)\s*[:：]\s*", re.I)
# What models wrap a title in.
WRAPPING = " \t\"'`*_#“”„«»‘’‚「」『』《》"
ENDS = ".。,;:!…"


def clean(text: str) -> str:
    """The title in what a model said; empty when there is none in it."""
    line = next((line for line in text.splitlines() if line.strip(WRAPPING)), "")
    line = LABEL.sub("", line.strip(WRAPPING)).strip(WRAPPING).rstrip(ENDS).strip(WRAPPING)
    line = "".join(char for char in line if char.isprintable())
    # A model that answers instead of naming.
    if len(line.split()) > WORDS_MAX:
        return ""
    return title_from(line) if is_visible(line) else ""


def is_wanted(conversation_id: uuid.UUID) -> bool:
    """Whether a model may still name this conversation."""
    return _unnamed(conversation_id).exists()


def retitle(
    conversation_id: uuid.UUID,
    title: str,
    tries: Sequence[Mapping[str, Any]],
    person_id: uuid.UUID | None = None,
    key_id: uuid.UUID | None = None,
) -> None:
    """Take a model's title, unless the person has given one or the conversation is gone.

    ``tries`` is what was asked for it, as they are kept: paid for, whatever became of it.
    """
    by_model = Conversation.TitleBy.MODEL
    if title and _unnamed(conversation_id).update(title=title, title_by=by_model):
        changed(Conversation.objects.get(id=conversation_id))
    costs = [Decimal(one["cost_usd"]) for one in tries if one.get("cost_usd") is not None]
    with transaction.atomic():
        if costs:
            found = Conversation.objects.filter(id=conversation_id)
            found.update(title_cost_usd=sum(costs, Decimal(0)))
        charge = Charge(
            person_id,
            datetime.now(UTC),
            tries,
            Spending.Purpose.TITLE,
            api_key=str(key_id or ""),
        )
        enter([charge])


def _unnamed(conversation_id: uuid.UUID) -> QuerySet[Conversation]:
    first_message = Conversation.TitleBy.FIRST_MESSAGE
    return Conversation.objects.filter(id=conversation_id, title_by=first_message, deleted_at=None)
