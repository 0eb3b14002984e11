"""What an acknowledgement costs elsewhere: the plainest consumer of Channels behind Daphne.

No queue, no log, no session, no limits: it says `start`, and then `end`. `nothing` writes nothing
before that and is the floor of this way of serving; `rows` writes a conversation and two messages
first, a transaction for each message that comes, as the textbook does. `python -m
benchmarks.textbook nothing|rows PORT` serves it.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
import uuid
from statistics import median

import django
import uvloop
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter
from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server

from benchmarks.load import Crowd, messages
from benchmarks.measures import BURSTS
from benchmarks.processes import ROOT, START_SECONDS, Installation, free_port
from benchmarks.report import Row, percentile

WAYS = {
    "nothing": "a bare consumer that writes nothing",
    "rows": "a textbook consumer, a transaction each",
}


def _write(owner: uuid.UUID, text: str) -> None:
    from django.db import transaction

    from chat.models import Conversation, Message

    with transaction.atomic():
        kept = Conversation.objects.create(owner_id=owner, title=text[:60])
        role = Message.Role
        asked = Message.objects.create(conversation=kept, role=role.USER, content=text)
        kept.tip = Message.objects.create(
            conversation=kept, parent=asked, role=role.ASSISTANT, content=""
        )
        kept.save(update_fields=["tip"])


class Consumer(AsyncJsonWebsocketConsumer):
    """Acknowledges, and is done."""

    owner: uuid.UUID | None = None

    async def receive_json(self, content: dict[str, str], **_: object) -> None:
        if self.owner is not None:
            await database_sync_to_async(_write)(self.owner, content["message"])
        for chunk in ("start", "end"):
            await self.send_json({"type": "stream", "chunk_type": chunk})


def measured(installation: Installation, cookies: list[str]) -> list[Row]:
    """All people sending in the same instant: to one such process, several times each."""
    return [_row(way, _acknowledged(way, installation, cookies)) for way in WAYS]


def _row(way: str, runs: list[float]) -> Row:
    note = "runs: " + ", ".join(f"{one:.0f}" for one in runs)
    return Row(f"{WAYS[way]}: acknowledgement, at once, p95", median(runs), "ms", note=note)


def _acknowledged(way: str, installation: Installation, cookies: list[str]) -> list[float]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.textbook", way, str(port)],
        cwd=ROOT,
        env=os.environ | installation.environment,
    )
    try:
        _until_served(port)
        return uvloop.run(_runs(port, cookies))
    finally:
        process.terminate()
        process.wait(10)


async def _runs(port: int, cookies: list[str]) -> list[float]:
    found = []
    async with Crowd(port, cookies) as crowd:
        # The first one warms it up.
        for run in range(BURSTS + 1):
            heard = await crowd.ask(messages(len(cookies), tokens=5, rate=1, run=30_000 + run))
            found.append(percentile([(one.acknowledged - one.sent) / 1e6 for one in heard], 95))
    return found[1:]


def _until_served(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise SystemExit("the textbook's server did not start")


def _serve(way: str, port: int) -> None:
    asyncio.set_event_loop(asyncio.new_event_loop())
    django.setup()
    if way == "rows":
        from chat.models import User

        Consumer.owner = User.objects.latest("date_joined").pk
    application = ProtocolTypeRouter({"websocket": Consumer.as_asgi()})
    Server(application, build_endpoint_description_strings("127.0.0.1", port)).run()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
