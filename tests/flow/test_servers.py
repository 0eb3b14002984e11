"""The application is plain ASGI: it runs under the servers as they come, too."""

import sys
from collections.abc import Callable

import pytest

from tests.flow.people import Person, assert_in_order, text_of
from tests.flow.stack import Stack, Web
from tests.local.processes import Running, free_port
from tests.provider.text import text_for


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
async def test_a_chat_works_under_a_plain_server(
    own_stack: Callable[..., Stack], server: str
) -> None:
    stack = own_stack()
    port = free_port()
    running = Running(
        [sys.executable, "-m", server, *_port(server, port), "config.asgi:application"],
        stack.environment,
        stack.folder / f"{server}.log",
    )
    try:
        web = Web(running, port)
        web.wait_ready()
        person = Person(stack, "somebody")
        async with person.socket(web) as socket:
            end = await socket.ask('{"tokens": 20, "rate": 100}')
        chunks = socket.chunks(end["message_id"])
        assert_in_order(chunks)
        assert text_of(chunks) == text_for('{"tokens": 20, "rate": 100}')
        assert person.get(f"/chat/{end['conversation_id']}/", web).status_code == 200
    finally:
        running.process.terminate()
        running.status()


def _port(server: str, port: int) -> list[str]:
    return ["-p", str(port)] if server == "daphne" else ["--port", str(port)]
