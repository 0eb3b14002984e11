"""Conversations."""

import uuid
from unicodedata import category

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

TITLE_MAX_CHARS = 80
# The title where there is nothing to see in the first message.
NOTHING_TO_SEE = "…"
# Not what is unassigned: emoji are newer than the tables.
BLANK = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
# Letters and signs that are blank: Hangul fillers, the empty pattern of Braille.
FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# What turns the rest of a line around, or sets it apart without an end.
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


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
    # The model that the person chose last here, as provider:model; empty for "auto".
    wanted_model = models.CharField(_("chosen model"), max_length=161, blank=True)
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
    # One that a program asked for and that nobody keeps: on no page and in no list, deleted when
    # its answer was read (chat/passing.py), at the latest at this time.
    passes_at = models.DateTimeField(_("not kept longer than"), null=True, editable=False)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["owner", "-updated_at"], name="conversation_newest"),
            # Of all people: the log that staff read.
            models.Index(fields=["-updated_at", "-id"], name="conversation_newest_of_all"),
            models.Index(
                fields=["deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="conversation_deleted",
            ),
            models.Index(
                fields=["passes_at"],
                condition=models.Q(passes_at__isnull=False),
                name="conversation_passing",
            ),
        ]

    def __str__(self) -> str:
        return self.title


def title_from(text: str) -> str:
    """A conversation's title: the first line of its first message, cut at a word."""
    lines = (in_one_line(line) for line in text.split("\n"))
    line = next(filter(is_visible, lines), NOTHING_TO_SEE)
    if len(line) <= TITLE_MAX_CHARS:
        return line
    head, next_char = line[: TITLE_MAX_CHARS - 1], line[TITLE_MAX_CHARS - 1]
    words, __, rest = head.rpartition(" ") if next_char != " " else (head, "", "")
    # A long last word (a URL, or a language without spaces) is cut rather than lost.
    return (words if words and len(rest) < 20 else head).rstrip() + "…"


def in_one_line(text: str) -> str:
    """Words with one space between them; without control characters and turns of direction."""
    return " ".join("".join(char for char in text if not _is_control(char)).split())


def is_visible(text: str) -> bool:
    """Whether there is anything in it that a reader sees, and can click on."""
    return any(category(char) not in BLANK and char not in FILLERS for char in text)


def _is_control(char: str) -> bool:
    return (category(char) == "Cc" and not char.isspace()) or char in DIRECTIONS
