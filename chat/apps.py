from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ChatConfig(AppConfig):
    """What is said and kept."""

    name = "chat"

    def ready(self) -> None:
        from chat.search import index

        pre_migrate.connect(index.before_migration, sender=self)
        post_migrate.connect(index.after_migration, sender=self)
