"""A conversation as a file: Markdown to read, JSON to work with."""

import json
import re
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _

from chat.history import ALONE, read_path
from chat.models import Conversation, Message
from chat.payloads import conversation_payload, error_told, is_cut, message_payload

FORMAT = "rivulet.conversation"
VERSION = 1
NAME_MAX_CHARS = 60


def file_name(conversation: Conversation, ending: str) -> str:
    """A name that every file system takes."""
    name = slugify(conversation.title, allow_unicode=True)[:NAME_MAX_CHARS].strip("-_")
    return f"{name or _('conversation')}.{ending}"


def as_markdown(conversation: Conversation) -> str:
    """What is shown of it: each message under a heading with who said it."""
    title = re.sub(r"([\\`*_\[\]<>#])", r"\\\1", conversation.title)
    parts = [f"# {title}", _date(conversation)]
    for message in read_path(conversation).messages:
        parts += [f"## {_speaker(message)}", message.content]
        if note := _note(message):
            parts.append(f"*{note}*")
    return "\n\n".join(part for part in parts if part) + "\n"


def as_json(conversation: Conversation) -> str:
    """What is shown, in order, and what other versions there are."""
    path = read_path(conversation)
    shown = {message.id for message in path.messages}
    others = conversation.messages.exclude(id__in=shown).order_by("created_at")

    def payload(message: Message) -> dict[str, Any]:
        return message_payload(message, path.versions.get(message.id, ALONE))

    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": timezone.now().isoformat(),
        "conversation": conversation_payload(conversation),
        "messages": [payload(message) for message in path.messages],
        "other_versions": [payload(message) for message in others],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _date(conversation: Conversation) -> str:
    begun, updated = (
        date_format(timezone.localtime(moment), "DATE_FORMAT")
        for moment in (conversation.created_at, conversation.updated_at)
    )
    return f"*{begun}*" if begun == updated else f"*{begun} – {updated}*"


def _speaker(message: Message) -> str:
    if not message.is_reply:
        return _("You")
    return f"Rivulet ({message.model})" if message.model else "Rivulet"


def _note(message: Message) -> str:
    if message.status == Message.Status.STOPPED:
        return _("Stopped")
    if message.status == Message.Status.INTERRUPTED:
        return _("Interrupted before the end")
    if message.status == Message.Status.PROCESSING:
        return _("Not finished yet")
    if is_cut(message):
        return _("Cut off at the longest length")
    return error_told(message)
