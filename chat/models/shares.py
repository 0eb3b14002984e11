"""Links under which anybody may read a conversation as it was."""

import secrets
import uuid

from django.db import models
from django.utils import timezone

from chat.models.conversations import TITLE_MAX_CHARS

TOKEN_BYTES = 24


def new_token() -> str:
    """192 random bits, for an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class Share(models.Model):
    """A secret link to a conversation, up to the message ``tip`` that was its newest.

    The token is kept as it is, not as a hash: its owner must be able to copy the link again,
    and who reads this table reads the conversations beside it anyway. To revoke is to delete.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        "chat.Conversation", on_delete=models.CASCADE, related_name="shares"
    )
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    # As they were when it was shared.
    title = models.CharField(max_length=TITLE_MAX_CHARS)
    tip = models.ForeignKey("chat.Message", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "tip"], name="one_link_per_state_of_a_conversation"
            )
        ]

    def __str__(self) -> str:
        return f"link {self.id}"
