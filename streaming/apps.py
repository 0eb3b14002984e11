from django.apps import AppConfig


class StreamingConfig(AppConfig):
    """How a reply is made and delivered."""

    name = "streaming"

    def ready(self) -> None:
        from chat import live
        from streaming.delivery import log

        live.install(log.progress)
