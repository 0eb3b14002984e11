"""Assistants: personas that staff make, and the versions of their prompts."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

NAME_MAX_CHARS = 40
PICTURE_MAX_CHARS = 8
PROMPT_MAX_CHARS = 20_000
STARTERS_MAX = 6
STARTER_MAX_CHARS = 120


class Assistant(models.Model):
    """A persona: who answers in a conversation, in which manner, and by which model.

    Never deleted, because conversations belong to it: one that is not offered any more goes on
    answering where it was chosen. ``prompt`` is the version that answers from now on.
    """

    class Tier(models.TextChoices):
        """Which models are asked first; the others follow when they fail."""

        AUTO = "", _("as fits the question")
        REGIONAL = "regional", _("small and fast models")
        CLOUD = "cloud", _("strong models")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=NAME_MAX_CHARS, unique=True)
    # A character and no file: nothing to upload, to check and to serve.
    picture = models.CharField(
        _("picture"),
        max_length=PICTURE_MAX_CHARS,
        blank=True,
        help_text=_("An emoji or one or two letters; without it the first letter of the name."),
    )
    description = models.CharField(_("description"), max_length=160, blank=True)
    prompt = models.ForeignKey(
        "chat.PromptVersion",
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("prompt"),
    )
    tier = models.CharField(_("models"), max_length=16, choices=Tier, default=Tier.AUTO, blank=True)
    # `provider:name`; one that the settings name no more is passed over.
    model = models.CharField(_("pinned model"), max_length=161, blank=True)
    temperature = models.FloatField(
        _("temperature"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(2)],
        help_text=_("0 to 2; empty for the model's own. The newest models accept none."),
    )
    output_tokens_max = models.PositiveIntegerField(
        _("longest answer (tokens)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(16)],
        help_text=_("Empty for the model's own limit."),
    )
    starters = models.TextField(
        _("starters"),
        blank=True,
        help_text=_("Questions to begin with, one per line."),
    )
    gives_instant_answers = models.BooleanField(
        _("gives instant answers"),
        default=True,
        help_text=_("What is foreseen is answered without a model."),
    )
    caches_answers = models.BooleanField(
        _("repeats answers"),
        default=True,
        help_text=_("The same question in the same context gets the answer that it got before."),
    )
    is_public = models.BooleanField(
        _("same for everybody"),
        default=False,
        help_text=_(
            "Whoever asks the same gets the answer that somebody else got. Only where neither"
            " questions nor answers are anybody's own."
        ),
    )
    is_offered = models.BooleanField(_("offered"), default=True)
    is_default = models.BooleanField(_("default"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("assistant")
        verbose_name_plural = _("assistants")
        ordering = ["-is_default", "position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_assistant",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def face(self) -> str:
        """What stands for its picture."""
        return self.picture or self.name[:1].upper()

    @property
    def starter_lines(self) -> list[str]:
        return [line.strip() for line in self.starters.splitlines() if line.strip()]

    @property
    def pinned(self) -> tuple[str, str]:
        """Provider and name of the pinned model; empty where the settings do not name it."""
        for model in settings.CHAT_MODELS.models:
            if str(model) == self.model:
                return model.provider, model.name
        return "", ""


class PromptVersion(models.Model):
    """An assistant's prompt as it was written at a time; never changed, never deleted."""

    assistant = models.ForeignKey(
        Assistant,
        on_delete=models.CASCADE,
        related_name="prompts",
        verbose_name=_("assistant"),
    )
    number = models.PositiveIntegerField(_("version"))
    text = models.TextField(_("prompt"), blank=True)
    created_at = models.DateTimeField(_("written at"), default=timezone.now, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("written by"),
    )

    class Meta:
        verbose_name = _("version of a prompt")
        verbose_name_plural = _("versions of prompts")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["assistant", "number"], name="one_prompt_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.assistant} · {self.number}"
