"""Why a model was chosen, in words: `streaming`, which chooses, puts its words here."""

from collections.abc import Callable
from typing import Any

from chat.models import Message

Words = Callable[[dict[str, Any]], list[str]]
_words: Words | None = None


def install(words: Words) -> None:
    """Name the function that says it. Called once, at the start."""
    global _words
    _words = words


def explained(reply: Message) -> list[str]:
    """One short sentence per reason, for staff; none where nothing was chosen."""
    return _words(reply.route) if _words is not None and reply.route else []
