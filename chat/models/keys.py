"""Keys by which programs sign in."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

NAME_MAX_CHARS = 60
RATE_PER_MINUTE_MAX = 10_000


class Scope(models.TextChoices):
    """What a key may be used for."""

    CHAT = "chat", _("Send messages, read the answers, stop them")
    HISTORY = "history", _("Read the conversations")


def all_scopes() -> list[str]:
    return [str(scope) for scope in Scope]


class ApiKey(models.Model):
    """One key of one person; the secret itself is kept nowhere, only its hash (`chat/keys.py`).

    Limits that are null are the person's. A key that was revoked stays, for what it was used for
    still names it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="api_keys",
        verbose_name=_("person"),
    )
    name = models.CharField(_("name"), max_length=NAME_MAX_CHARS)
    # The beginning of the secret, by which its owner knows it again.
    prefix = models.CharField(_("begins with"), max_length=16, editable=False)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("may"), default=all_scopes)
    rate_per_minute = models.PositiveIntegerField(
        _("messages per minute"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(RATE_PER_MINUTE_MAX)],
    )
    # Per month (UTC), whatever period the other budgets have.
    budget_usd = models.DecimalField(
        _("budget per month (USD)"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    # For protocols that carry the whole conversation in every request (/v1/).
    keeps_conversations = models.BooleanField(
        _("keep conversations that come through /v1/"), default=False
    )
    created_at = models.DateTimeField(_("made at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    # To the minute: no request waits for a write.
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(budget_usd__gte=0) | models.Q(budget_usd=None),
                name="no_negative_key_budget",
            ),
            models.CheckConstraint(
                condition=models.Q(rate_per_minute__gte=1) | models.Q(rate_per_minute=None),
                name="no_key_rate_of_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_valid(self) -> bool:
        """Whether it opens anything: not revoked, not expired, of somebody who may sign in."""
        return self.revoked_at is None and not self.is_expired and self.owner.is_active

    @property
    def scope_labels(self) -> list[str]:
        """What it may, for people."""
        return [str(scope.label) for scope in Scope if scope in self.scopes]

    def may(self, scope: str) -> bool:
        return scope in self.scopes
