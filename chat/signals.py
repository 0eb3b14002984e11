"""What `chat` tells whoever listens; `streaming` does, and tells every open page."""

from django.dispatch import Signal

from chat.models import Conversation

# Sent with ``conversation``, after it was saved: renamed, pinned, archived, deleted, brought back.
_changed = Signal()
listen = _changed.connect


def changed(conversation: Conversation) -> None:
    """Tell that this conversation is not what it was."""
    _changed.send(sender=Conversation, conversation=conversation)
