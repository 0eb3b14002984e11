"""Which assistants there are, who gets which, and how a prompt is changed."""

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from chat.models import Assistant, Message, PromptVersion, User

if TYPE_CHECKING:
    from chat.submissions import Submission


def offered() -> QuerySet[Assistant]:
    """Those that a person can choose for a new conversation, the default one first."""
    return Assistant.objects.filter(is_offered=True)


def chosen(ids: Iterable[uuid.UUID]) -> tuple[dict[uuid.UUID, Assistant], Assistant | None]:
    """Those of these ids that are offered, and the default one; one query."""
    rows = Assistant.objects.filter(Q(is_default=True) | Q(id__in=set(ids), is_offered=True))
    by_id = {row.id: row for row in rows}
    default = next((row for row in by_id.values() if row.is_default), None)
    return by_id, default


def give(reply: Message, assistant: Assistant | None, one: "Submission") -> None:
    """Note who is to answer it, and by which prompt; what the person asked for goes first."""
    reply.prompt_id = assistant.prompt_id if assistant else None
    reply.provider, reply.model = one.provider, one.model
    if assistant and not one.model:
        reply.provider, reply.model = assistant.pinned


def write_prompt(assistant: Assistant, text: str, author: User | None) -> PromptVersion:
    """Make this the assistant's prompt: a new version, unless it is the text of the current one."""
    with transaction.atomic():
        # Two who save at once get two numbers.
        locked = Assistant.objects.select_for_update(no_key=True).get(id=assistant.id)
        current = locked.prompt
        if current is None or current.text != text:
            newest = locked.prompts.aggregate(Max("number"))["number__max"] or 0
            current = locked.prompts.create(number=newest + 1, text=text, author=author)
            Assistant.objects.filter(id=locked.id).update(prompt=current)
    assistant.prompt = current
    return current
