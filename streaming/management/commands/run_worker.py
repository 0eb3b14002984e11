"""`manage.py run_worker`: one background worker process."""

import asyncio
from typing import Any

import uvloop
from django.core.management.base import BaseCommand, CommandParser

REPLIES_AT_ONCE = 500


class Command(BaseCommand):
    help = "Runs one worker process, which makes many replies at once."

    # `manage.py check` is for deployments; here it would only delay the start.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--concurrency",
            type=int,
            default=REPLIES_AT_ONCE,
            metavar="N",
            help=f"replies at once (default {REPLIES_AT_ONCE})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["concurrency"] < 1:
            raise SystemExit("rivulet: --concurrency must be at least 1")
        from streaming.generation import worker

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(worker.run(options["concurrency"]))
