from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    """What is said and kept."""

    name = "chat"
    verbose_name = _("Conversations")

    def ready(self) -> None:
        from chat.search import index

        pre_migrate.connect(index.before_migration, sender=self)
        post_migrate.connect(index.after_migration, sender=self)
