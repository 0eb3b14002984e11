"""What people think of replies."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

COMMENT_MAX_CHARS = 1000


class Feedback(models.Model):
    """One person's thumb for one reply, and a few words about it."""

    class Rating(models.IntegerChoices):
        UP = 1, _("good")
        DOWN = -1, _("bad")

    message = models.ForeignKey("chat.Message", on_delete=models.CASCADE, related_name="feedback")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rating = models.SmallIntegerField(_("rating"), choices=Rating)
    comment = models.CharField(_("comment"), max_length=COMMENT_MAX_CHARS, blank=True)
    created_at = models.DateTimeField(_("written at"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last written at"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("feedback")
        constraints = [
            models.UniqueConstraint(fields=["message", "person"], name="one_feedback_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_rating_display()} {self.message_id}"
