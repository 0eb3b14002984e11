"""`manage.py run_model`: the small local model, in the foreground."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.local import model


class Command(BaseCommand):
    help = "Serve the small language model that ships with the project, on loopback."
    # They load every page's code, and this needs none of it.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "-p",
            "--port",
            type=int,
            default=urlsplit(settings.CHAT_LOCAL_MODEL_URL).port or model.DEFAULT_PORT,
            help="port on 127.0.0.1 (default: the one of CHAT_LOCAL_MODEL_URL)",
        )

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        try:
            model.serve(port)
        except model.ModelUnavailable as error:
            raise CommandError(str(error)) from error
