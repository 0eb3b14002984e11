from functools import partial
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import pre_delete

if TYPE_CHECKING:
    from chat.models import Conversation


class StreamingConfig(AppConfig):
    """How a reply is made and delivered."""

    name = "streaming"

    def ready(self) -> None:
        from chat import attempts, explained, live, signals
        from chat.models import Conversation
        from chat.views import choices
        from streaming import discovered
        from streaming.delivery import log
        from streaming.intake import attempts as counting
        from streaming.routing import verdict

        live.install(log.progress)
        attempts.install(counting.count)
        explained.install(verdict.in_words)
        choices.install(discovered.offered_to_pages)
        signals.listen(_changed)
        pre_delete.connect(_forget, sender=Conversation)


def _changed(conversation: "Conversation", **_: object) -> None:
    from streaming.delivery import shelf
    from streaming.edge import cache
    from streaming.intake import stop

    if conversation.deleted_at is not None:
        stop.stop_conversation(conversation)
        transaction.on_commit(partial(cache.forget, conversation.id))
    transaction.on_commit(partial(shelf.show, conversation))


def _forget(instance: "Conversation", **_: object) -> None:
    from streaming.edge import cache
    from streaming.intake import stop

    stop.forget_conversation(instance)
    # Not every conversation was marked before: people are deleted with all of theirs.
    transaction.on_commit(partial(cache.forget, instance.id))
