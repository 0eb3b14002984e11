"""Conversations."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

TITLE_MAX_CHARS = 80


class Conversation(models.Model):
    """A thread of messages that belongs to one person.

    ``tip`` is the newest message: the path from it through the parents is what was said.
    """

    class TitleBy(models.TextChoices):
        """Who made the title: a later one never replaces a person's."""

        FIRST_MESSAGE = "first", _("the first message")
        MODEL = "model", _("a model")
        PERSON = "person", _("the person")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="conversations",
        verbose_name=_("person"),
    )
    # Chosen once, for all of its answers; null where an installation has no assistant.
    assistant = models.ForeignKey(
        "chat.Assistant",
        on_delete=models.PROTECT,
        null=True,
        related_name="conversations",
        verbose_name=_("assistant"),
    )
    title = models.CharField(_("title"), max_length=TITLE_MAX_CHARS)
    title_by = models.CharField(
        _("title by"), max_length=8, choices=TitleBy, default=TitleBy.FIRST_MESSAGE
    )
    # What asking a model for the title cost; null where it was not asked or has no price.
    title_cost_usd = models.DecimalField(
        _("cost of the title (USD)"), max_digits=14, decimal_places=8, null=True
    )
    # Not a database constraint: message and conversation point at each other, and a
    # conversation is deleted with all its messages.
    tip = models.ForeignKey(
        "chat.Message", on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    created_at = models.DateTimeField(_("begun at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last written at"), default=timezone.now)
    pinned_at = models.DateTimeField(_("pinned at"), null=True)
    archived_at = models.DateTimeField(_("archived at"), null=True)
    # Marked first, deleted a little later (chat/deletion.py): meanwhile nobody reads it, and
    # its owner can bring it back.
    deleted_at = models.DateTimeField(_("deleted at"), null=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="conversation_newest"),
            models.Index(
                fields=["deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="conversation_deleted",
            ),
        ]

    def __str__(self) -> str:
        return self.title


def title_from(text: str) -> str:
    """A conversation's title: the first line of its first message, cut at a word."""
    line = " ".join(text.strip().partition("\n")[0].split())
    if len(line) <= TITLE_MAX_CHARS:
        return line
    head, next_char = line[: TITLE_MAX_CHARS - 1], line[TITLE_MAX_CHARS - 1]
    words, __, rest = head.rpartition(" ") if next_char != " " else (head, "", "")
    # A long last word (a URL, or a language without spaces) is cut rather than lost.
    return (words if words and len(rest) < 20 else head).rstrip() + "…"
