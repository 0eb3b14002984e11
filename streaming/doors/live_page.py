"""The two parts of a page whose last answer is still being made: before it, and after it."""

import uuid
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import get_language, override

from chat import window
from chat.access import NotFound, access_conversation
from chat.history import Path
from chat.models import Conversation, Message
from chat.views.conversations import page_context
from chat.views.people import person
from chat.views.shown import ShownMessage, shown_path
from streaming.doors.reading import BrokenOff

TEMPLATE = "chat/live.html"
# Stands in the template where the answer grows; escaped text cannot contain it.
PLACE = "<!--answer-->"


class LivePage:
    """One such page. Its methods ask the database: call them in a thread.

    ``reply_id`` is the first answer on the path that is not finished, None where all are.
    """

    def __init__(self, request: HttpRequest, conversation: Conversation) -> None:
        self._request = request
        self._language = get_language()
        self.conversation = conversation
        part = window.newest(conversation)
        unfinished = (m.id for m in part.path.messages if m.is_reply and not m.is_finished)
        self.reply_id: uuid.UUID | None = next(unfinished, None)
        self._part = part

    def before(self) -> str:
        """The page down to the place where the answer grows."""
        self._context = page_context(self._request, self.conversation, self._part)
        self._context["said"] = _until(self._context["said"], self.reply_id)
        self._context |= {"reply_id": self.reply_id, "waiting": False}
        return self._render(self._context).partition(PLACE)[0]

    def after(self, broken_off: BrokenOff | None) -> str:
        """The rest of the page: the finished answer, or why it is not there."""
        rest = [] if broken_off else self._finished()
        more = {"said": [], "rest": rest, "broken_off": broken_off, "messages": []}
        if not broken_off and not rest:
            more["broken_off"] = BrokenOff.DELETED
        return self._render(self._context | more).partition(PLACE)[2]

    def is_saved(self) -> bool:
        """Whether the answer's row says how it ended; also when there is none any more."""
        assert self.reply_id is not None
        found = Message.objects.filter(id=self.reply_id).only("status").first()
        return found is None or found.is_finished

    def _finished(self) -> list[ShownMessage]:
        assert self.reply_id is not None
        reader = person(self._request)
        try:
            conversation = access_conversation(reader, self.conversation.id)
        except NotFound:
            return []
        part = window.newest(conversation)
        said = _from(shown_path(part.path, reader), self.reply_id)
        if said:
            return said
        # Another version is shown by now; what was read here stays.
        replies = list(conversation.messages.filter(id=self.reply_id))
        return shown_path(Path(replies), reader)

    def _render(self, context: dict[str, Any]) -> str:
        # Long after the middleware that chose the language.
        with override(self._language):
            return render_to_string(TEMPLATE, context, self._request)


def _until(said: list[ShownMessage], message_id: uuid.UUID | None) -> list[ShownMessage]:
    return said[: _place(said, message_id)]


def _from(said: list[ShownMessage], message_id: uuid.UUID | None) -> list[ShownMessage]:
    return said[_place(said, message_id) :]


def _place(said: list[ShownMessage], message_id: uuid.UUID | None) -> int:
    ids = [message.id for message in said]
    return ids.index(message_id) if message_id in ids else len(ids)
