"""`manage.py check_worker`: a health check for a worker in a container of its own."""

import asyncio
import socket
from typing import Any

from django.core.management.base import BaseCommand
from redis.exceptions import RedisError

from streaming.intake.jobs import WebsDocket, make_docket


class Command(BaseCommand):
    help = "Fails unless a worker on this machine gave a sign of life within its lease."

    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            names = asyncio.run(_workers())
        except (RedisError, OSError) as error:
            raise SystemExit(f"rivulet: Redis does not answer: {type(error).__name__}") from None
        # A worker's name begins with its machine's; a container has a name of its own.
        if not any(name.startswith(f"{socket.gethostname()}#") for name in names):
            raise SystemExit("rivulet: no worker on this machine is alive")


async def _workers() -> list[str]:
    async with make_docket(WebsDocket) as docket:
        return [worker.name for worker in await docket.workers()]
