"""What was spent, and how much may be."""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

# A column holds whole numbers of this: SQLite adds them exactly, and decimals only nearly.
UNIT_USD = Decimal("0.00000001")


def in_units(cost_usd: Decimal) -> int:
    """US dollars as the ledger keeps them; exact for what has eight decimals."""
    return int((cost_usd / UNIT_USD).to_integral_value())


def in_usd(units: int) -> Decimal:
    """US dollars with eight decimals."""
    return units * UNIT_USD


class Spending(models.Model):
    """What one person's calls to one model cost on one day (UTC): a line of the ledger.

    Written by `chat/ledger.py` alone, in the transaction that saves what was paid for. It outlives
    conversations, messages, and people.
    """

    class Purpose(models.TextChoices):
        REPLY = "reply", _("reply")
        TITLE = "title", _("title")

    day = models.DateField(_("day"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("person"),
    )
    # Which assistant answered: its id as text, for its costs outlive it. Empty: none.
    assistant = models.CharField(_("assistant"), max_length=64, blank=True, default="")
    # By which key it was asked for, its id as text for the same reason. Empty: by none.
    api_key = models.CharField(_("API key"), max_length=64, blank=True, default="")
    provider = models.CharField(_("provider"), max_length=32)
    model = models.CharField(_("model"), max_length=128)
    purpose = models.CharField(_("purpose"), max_length=8, choices=Purpose)
    calls = models.PositiveIntegerField(_("calls"), default=0)
    # Of those: whose price is not known, so that they are not part of the sum.
    unpriced_calls = models.PositiveIntegerField(_("calls without a price"), default=0)
    input_tokens = models.PositiveBigIntegerField(_("tokens read"), default=0)
    output_tokens = models.PositiveBigIntegerField(_("tokens written"), default=0)
    cached_tokens = models.PositiveBigIntegerField(_("tokens from a cache"), default=0)
    cost_units = models.BigIntegerField(default=0)
    # The part of it that nobody has counted: calls that were given up, or came without usage.
    estimated_units = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("line of costs")
        verbose_name_plural = _("costs")
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "person",
                    "day",
                    "assistant",
                    "api_key",
                    "provider",
                    "model",
                    "purpose",
                ],
                name="one_line_per_day",
            ),
        ]
        indexes = [
            models.Index(fields=["day", "cost_units"], name="spending_by_day"),
            models.Index(fields=["api_key", "day"], name="spending_by_api_key"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.provider}:{self.model}"

    @property
    def cost_usd(self) -> Decimal:
        return in_usd(self.cost_units)


class Budget(models.Model):
    """What one person may spend, where it differs from the installation's settings."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="budget",
        verbose_name=_("person"),
    )
    soft_usd = models.DecimalField(
        _("warned from (USD)"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("Empty: as for everybody."),
    )
    hard_usd = models.DecimalField(
        _("refused from (USD)"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("Empty: as for everybody. 0: only models that cost nothing."),
    )

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(soft_usd__gte=0) | models.Q(soft_usd=None),
                name="no_negative_soft_budget",
            ),
            models.CheckConstraint(
                condition=models.Q(hard_usd__gte=0) | models.Q(hard_usd=None),
                name="no_negative_hard_budget",
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)

    def clean(self) -> None:
        super().clean()
        soft, hard = self.soft_usd, self.hard_usd
        if soft is not None and hard is not None and soft > hard:
            raise ValidationError(_("Nobody is warned of what was refused before."))
