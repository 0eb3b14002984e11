"""Who answers on a page: chosen for a new conversation, shown for one that has begun."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from chat.assistants import offered
from chat.models import Assistant, Conversation

# Of the default assistant, where staff have written none.
EXAMPLES = [
    gettext_lazy("Explain how tides work, as if I were ten"),
    gettext_lazy("Help me word a kind but firm no to an invitation"),
    gettext_lazy("Write a Python function that finds duplicate files"),
    gettext_lazy("Plan three easy dinners from lentils, rice and spinach"),
]


@dataclass(frozen=True, slots=True)
class Shown:
    """The page's assistant; ``choices`` only where there is something to choose.

    ``chosen_id`` is sent with the first message; empty for the default assistant.
    """

    assistant: Assistant | None
    choices: Sequence[Assistant]
    is_named: bool

    @property
    def chosen_id(self) -> uuid.UUID | str:
        if self.assistant is None or self.assistant.is_default:
            return ""
        return self.assistant.id

    @property
    def starters(self) -> Sequence[str | Promise]:
        if self.assistant is None:
            return EXAMPLES
        written = self.assistant.starter_lines
        return written or (EXAMPLES if self.assistant.is_default else [])


def assistant_of(request: HttpRequest, conversation: Conversation | None) -> Shown:
    """The conversation's assistant, or the one that ``?assistant=`` names for a new one.

    Raises Http404 for one that is not offered.
    """
    known = list(offered())
    if conversation is None:
        assistant = _wanted(request, known)
        return Shown(assistant, known if len(known) > 1 else [], is_named=len(known) > 1)
    by_id = {one.id: one for one in known}
    assistant = by_id.get(conversation.assistant_id) if conversation.assistant_id else None
    if assistant is None:
        assistant = conversation.assistant
    is_other = assistant is not None and not assistant.is_default
    return Shown(assistant, [], is_named=is_other or (assistant is not None and len(known) > 1))


def _wanted(request: HttpRequest, known: Sequence[Assistant]) -> Assistant | None:
    name = request.GET.get("assistant")
    if not name:
        return next((one for one in known if one.is_default), None)
    for one in known:
        if str(one.id) == name:
            return one
    raise Http404
