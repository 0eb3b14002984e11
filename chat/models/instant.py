"""Answers that staff have written for questions that come up again and again."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat import phrases

# What one chunk holds: a longer text would be cut in the middle of a word.
ANSWER_MAX_CHARS = 4000


def languages() -> list[tuple[str, str]]:
    """The languages of the pages; a function, so that another one is no migration."""
    return list(settings.LANGUAGES)


def check_questions(text: str) -> None:
    """Raises ValidationError, which says in which line what is wrong."""
    try:
        phrases.read(text)
    except phrases.BadPhrase as error:
        raise ValidationError(str(error)) from None


def check_answer(text: str) -> None:
    """Raises ValidationError for a placeholder that nobody fills in."""
    try:
        phrases.fill(text, dict.fromkeys(phrases.PLACEHOLDERS, ""))
    except phrases.BadPhrase as error:
        raise ValidationError(str(error)) from None


class InstantAnswer(models.Model):
    """An answer, and the questions that it is given to without asking a model."""

    questions = models.TextField(
        _("questions"),
        validators=[check_questions],
        help_text=_(
            "One in each line, as a person would write it. Capitals and punctuation do not "
            "matter; one * stands for one to six words."
        ),
    )
    answer = models.TextField(
        _("answer"),
        max_length=ANSWER_MAX_CHARS,
        validators=[check_answer],
        help_text=_("Markdown. {date}, {time} and {zone} are those of the person who asks."),
    )
    language = models.CharField(
        _("language"),
        max_length=16,
        choices=languages,
        default="en",
        help_text=_("In which {date} and {time} are written."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("written at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last written at"), auto_now=True)

    class Meta:
        verbose_name = _("instant answer")
        verbose_name_plural = _("instant answers")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.questions.strip().partition("\n")[0]
