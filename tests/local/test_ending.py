"""`make run` is ended while an answer is being written."""

import asyncio
import os
import signal
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.flow.people import Person, text_of
from tests.flow.stack import Web
from tests.local.processes import Running, free_port, python
from tests.provider.asking import plan
from tests.provider.server import MockProvider
from tests.provider.text import text_for

READY = "Ctrl-C stops everything."


async def test_who_reads_an_answer_reads_it_to_its_end(launch: Callable[..., Running]) -> None:
    message = plan(tokens=40, rate=20)
    closing: list[Callable[[], Any]] = []
    async with MockProvider() as provider:
        port = free_port()
        running = launch(
            *python("-m", "config.local"),
            PORT=str(port),
            OPENAI_API_KEY="any",
            OPENAI_BASE_URL=provider.openai_url,
            CHAT_CLOUD_MODELS="openai:mock",
        )
        await asyncio.to_thread(running.wait_for, READY)
        here: Any = SimpleNamespace(webs=[Web(running, port)], at_exit=closing.append)
        person = await asyncio.to_thread(Person, here, "somebody")
        async with person.socket() as socket:
            start = await socket.chat(message)
            await socket.token(start["message_id"])
            os.killpg(running.process.pid, signal.SIGINT)
            end = await socket.end(start["message_id"])
            assert end["metadata"]["status"] == "complete"
            assert text_of(socket.chunks(start["message_id"])) == text_for(message)
        assert await asyncio.to_thread(running.status, seconds=60) == 0, running.printed
    for close in closing:
        close()
