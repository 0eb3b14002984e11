from django.apps import AppConfig


class StreamingConfig(AppConfig):
    """How a reply is made and delivered."""

    name = "streaming"
