"""Messages: what a person sent, and the replies."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

CLIENT_ID_MAX_CHARS = 64


class Message(models.Model):
    """One message; a reply is a message with the role ``assistant`` and carries its figures.

    A reply is written when it is accepted (empty, ``processing``) and once more when its
    stream has ended; in between its text lives in the reply log.
    """

    class Role(models.TextChoices):
        USER = "user", _("person")
        ASSISTANT = "assistant", _("reply")

    class Status(models.TextChoices):
        PROCESSING = "processing", _("in progress")
        COMPLETE = "complete", _("complete")
        STOPPED = "stopped", _("stopped by the person")
        INTERRUPTED = "interrupted", _("interrupted")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.CASCADE, related_name="messages"
    )
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    role = models.CharField(_("role"), max_length=16, choices=Role)
    status = models.CharField(_("status"), max_length=16, choices=Status, default=Status.COMPLETE)
    content = models.TextField(_("text"), blank=True)
    # What a model thought before it answered: shown folded, and never told to a model again.
    thinking = models.TextField(_("thinking"), blank=True, default="")
    # Accepted when the budget was used up: only models that cost nothing may answer.
    free_only = models.BooleanField(_("for nothing only"), default=False)
    created_at = models.DateTimeField(_("written at"), default=timezone.now, editable=False)

    # What a person sent: who, and the client's own name for it, which makes a send repeatable.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    client_id = models.CharField(max_length=CLIENT_ID_MAX_CHARS, null=True)
    # A reply's: by which key it was asked for. Null: by the person themselves.
    api_key = models.ForeignKey(
        "chat.ApiKey",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        # Most rows have none: the index below leaves them out.
        db_index=False,
        verbose_name=_("API key"),
    )
    # What the app told of the person at that moment (chat/context.py): for the prompt. Null
    # rather than empty: the column is added to long tables without writing them anew.
    context = models.JSONField(_("told by the app"), null=True)
    # What a program asked for beside its words (chat/options.py): for the request to the model.
    options = models.JSONField(_("asked for by a program"), null=True)

    # A reply's: fixed when it is accepted, so that every attempt is told the same.
    prompt = models.ForeignKey(
        "chat.PromptVersion",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("prompt"),
    )

    # What a reply cost: filled when its stream has ended.
    finished_at = models.DateTimeField(_("finished at"), null=True)
    # Raised by a worker that takes over: what an earlier one still wants to save is refused.
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=1)
    # Where another attempt went on with the text of the one before, in characters. The figures
    # below are the last attempt's: what an earlier one's provider counted died with its worker.
    seams = models.JSONField(_("seams"), default=list, blank=True)
    source = models.CharField(_("source"), max_length=16, blank=True)
    provider = models.CharField(_("provider"), max_length=32, blank=True)
    model = models.CharField(_("model"), max_length=128, blank=True)
    finish_reason = models.CharField(_("reason of the end"), max_length=32, blank=True)
    input_tokens = models.PositiveIntegerField(_("tokens read"), null=True)
    output_tokens = models.PositiveIntegerField(_("tokens written"), null=True)
    cached_tokens = models.PositiveIntegerField(_("tokens from a cache"), null=True)
    # The sum of what its tries cost, to the last digit.
    cost_usd = models.DecimalField(_("cost (USD)"), max_digits=14, decimal_places=8, null=True)
    # How the model was chosen: the person's wish when it is accepted, then the
    # verdict and its reasons (streaming/routing/route.py).
    route = models.JSONField(_("how the model was chosen"), default=dict, blank=True)
    # Which models were asked, in which order, how each ended and what it cost
    # (streaming/generation/tries.py); the last attempt's.
    tries = models.JSONField(_("models that were asked"), default=list, blank=True)
    first_token_ms = models.PositiveIntegerField(_("first token (ms)"), null=True)
    processing_time_ms = models.PositiveIntegerField(_("complete (ms)"), null=True)
    error_code = models.CharField(_("error"), max_length=32, blank=True)
    # A sentence for the person; what staff need to know beyond it stands in error_detail.
    error_sentence = models.CharField(_("error, as the person is told"), max_length=300, blank=True)
    error_detail = models.CharField(_("error, in detail"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                # In this order the index also answers "which of these were sent before".
                fields=["client_id", "author"],
                condition=models.Q(client_id__isnull=False),
                name="one_message_per_client_id",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(status="processing"),
                name="message_unfinished",
            ),
            models.Index(
                fields=["api_key"],
                condition=models.Q(api_key__isnull=False),
                name="message_by_api_key",
            ),
            # The log that staff read: the newest reply first, counted without reading texts; and
            # those that went wrong.
            models.Index(
                fields=["-created_at", "-id", "conversation"],
                condition=models.Q(role="assistant"),
                name="message_newest_reply",
            ),
            models.Index(
                fields=["error_code"],
                condition=models.Q(error_code__gt=""),
                name="message_by_error",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.id}"

    @property
    def is_reply(self) -> bool:
        return self.role == self.Role.ASSISTANT

    @property
    def is_finished(self) -> bool:
        return self.status != self.Status.PROCESSING

    @property
    def cost_text(self) -> str | None:
        """US dollars without trailing zeros; None where the price is not known."""
        return None if self.cost_usd is None else f"{self.cost_usd.normalize():f}"

    @property
    def tokens_per_second(self) -> float | None:
        """Output tokens per second of the time between the first token and the end.

        None where it cannot be known: several attempts wrote one text, and only one was counted.
        """
        if not self.output_tokens or self.seams:
            return None
        if self.processing_time_ms is None or self.first_token_ms is None:
            return None
        seconds = (self.processing_time_ms - self.first_token_ms) / 1000
        return round(self.output_tokens / seconds, 1) if seconds > 0 else None
