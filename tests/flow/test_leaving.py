"""A web process that is told to leave finishes what it has begun to take."""

import asyncio
import signal
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import redis

from tests.flow.people import Person
from tests.flow.stack import Stack, Web
from tests.local.processes import until

MakeStack = Callable[..., Stack]


@contextmanager
def nobody_writes(stack: Stack) -> Iterator[None]:
    """Transactions of the stack's SQLite wait for as long."""
    path = stack.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            database.execute("ROLLBACK")


async def test_a_message_that_is_being_written_is_begun_and_queued(own_stack: MakeStack) -> None:
    stack = own_stack(workers=0)
    person = Person(stack, "somebody")
    process = stack.webs[0].running
    with redis.Redis.from_url(stack.redis_url) as client:
        async with person.socket() as page:
            with nobody_writes(stack):
                await page.send(type="chat", message="hello", conversation_id=None, client_id="1")
                # It was counted against the rate: the next step is the transaction.
                await asyncio.to_thread(until, lambda: client.keys("rivulet:{rate}:message:*"))
                process.process.send_signal(signal.SIGTERM)
                assert await page.closed() == 1012
        assert await asyncio.to_thread(process.status) == 0
        ((message_id,),) = stack.rows("SELECT id FROM chat_message WHERE role = 'assistant'")
        # With its log nobody takes it for lost, and with its job nobody has to find it.
        (log,) = client.keys("rivulet:reply:*:log")
        assert message_id in log.decode().replace("-", "")
        assert client.xlen("rivulet:jobs:stream") == 1
    # Nobody waited for it; somebody comes back.
    stack.begin_again(stack.webs[0])
    stack.webs[0].wait_ready()
    stack.start_worker()
    async with person.socket() as page:
        await page.send(type="chat", message="hello", conversation_id=None, client_id="1")
        end = await page.until(lambda frame: frame.get("chunk_type") == "end")
    assert end["metadata"]["status"] == "complete"
    assert len(stack.requests("hello")) == 1


async def test_a_request_that_has_half_come_is_answered(own_stack: MakeStack) -> None:
    stack = own_stack(workers=0)
    web = stack.webs[0]
    with connected(web) as connection:
        connection.sendall(b"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        # Taken and read: what was sent before is answered.
        assert web.readiness() == 200
        web.running.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(until, lambda: web.readiness() != 200)
        connection.sendall(b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    assert await asyncio.to_thread(web.running.status) == 0


async def test_whoever_has_connected_is_answered(own_stack: MakeStack) -> None:
    stack = own_stack(workers=0)
    web = stack.webs[0]
    # The system connects people to a process that does nothing.
    web.running.process.send_signal(signal.SIGSTOP)
    early = [connect_to(web) for _ in range(100)]
    web.running.process.send_signal(signal.SIGTERM)
    for connection in early:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    web.running.process.send_signal(signal.SIGCONT)
    for connection in early:
        with connection:
            answer = await asyncio.to_thread(connection.recv, 100)
            assert answer.startswith(b"HTTP/1.1 200 ")
    assert await asyncio.to_thread(web.running.status) == 0


def connect_to(web: Web) -> socket.socket:
    return socket.create_connection(("127.0.0.1", web.port), timeout=20)


def connected(web: Web) -> closing[socket.socket]:
    return closing(connect_to(web))
