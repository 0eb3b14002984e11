from django.apps import AppConfig


class ChatConfig(AppConfig):
    """What is said and kept."""

    name = "chat"
