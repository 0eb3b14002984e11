"""`manage.py run_web`: one web process."""

import asyncio
import logging
from typing import Any

import uvloop
from django.core.management.base import BaseCommand, CommandParser
from django.urls import get_resolver

FRAME_BYTES_MAX = 2 * 1024 * 1024


class Command(BaseCommand):
    help = "Runs one web process: pages, WebSockets, health checks."

    # `manage.py check` is for deployments; here it would only delay the start.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("-b", "--bind", default="127.0.0.1", metavar="HOST")
        parser.add_argument("-p", "--port", type=int, default=8000, metavar="PORT")

    def handle(self, *args: Any, **options: Any) -> None:
        # Daphne makes its event loop when it is imported.
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        from daphne.endpoints import build_endpoint_description_strings

        from config.asgi import application
        from streaming.doors.server import BACKLOG, Server
        from streaming.process import settle

        server = Server(
            application,
            endpoints=[
                f"{endpoint}:backlog={BACKLOG}"
                for endpoint in build_endpoint_description_strings(
                    host=options["bind"], port=options["port"]
                )
            ],
            ping_interval=20,
            ping_timeout=20,
            websocket_max_message_size=FRAME_BYTES_MAX,
            websocket_max_frame_size=FRAME_BYTES_MAX,
            server_name="",
        )
        logging.getLogger("rivulet.web").info("web on %s:%s", options["bind"], options["port"])
        # Django loads these with the first request.
        _ = get_resolver().url_patterns
        settle()
        server.run()
        if server.failed_to_listen:
            raise SystemExit(1)
