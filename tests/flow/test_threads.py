"""The threads and the connections to the database of a web process, in real processes."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

import psutil
import pytest
from django.core.handlers.asgi import ASGIHandler

from streaming.doors.threads import AT_ONCE
from tests.flow.api import Program
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan

MakeStack = Callable[..., Stack]
# Each with the database's file, its log and the index of that.
FILES = 3 * AT_ONCE
# Sockets ask in one of their own.
THREADS = AT_ONCE + 1


def process_of(stack: Stack) -> psutil.Process:
    return psutil.Process(stack.webs[0].running.process.pid)


async def test_open_streams_hold_no_threads_and_no_connections_to_the_database(
    own_stack: MakeStack,
) -> None:
    stack, readers = own_stack(), 40
    program = Program(Person(stack, "somebody"))
    web = process_of(stack)
    async with AsyncExitStack() as open_streams:
        first = await open_streams.enter_async_context(program.sends(plan(tokens=3000, rate=20)))
        start = await first.next()
        assert start is not None
        await first.token()
        threads, files = web.num_threads(), web.num_fds()
        for _ in range(readers):
            stream = program.follows(start["message_id"])
            await (await open_streams.enter_async_context(stream)).token()
        assert web.num_threads() <= threads + THREADS
        assert web.num_fds() <= files + readers + FILES
    program.post(f"messages/{start['message_id']}/stop")


def test_many_requests_at_once_share_a_few_threads(own_stack: MakeStack) -> None:
    stack = own_stack()
    program, web, most = Program(Person(stack, "somebody")), process_of(stack), 0
    before = web.num_threads()
    with ThreadPoolExecutor(40) as programs:
        asked = [programs.submit(program.get, "conversations") for _ in range(200)]
        while not all(one.done() for one in asked):
            most = max(most, web.num_threads())
    assert {one.result().status_code for one in asked} == {200}
    assert most <= before + THREADS


async def test_who_waits_for_a_whole_reply_holds_no_thread(own_stack: MakeStack) -> None:
    stack = own_stack()
    program, waiting = Program(Person(stack, "somebody")), 2 * AT_ONCE
    messages = [plan(tokens=4000, rate=20) for _ in range(waiting)]
    with ThreadPoolExecutor(waiting) as programs:
        asked = [programs.submit(program.post, "chat", message=one) for one in messages]
        until(lambda: all(stack.requests(one) for one in messages))
        assert program.get("conversations").status_code == 200
        assert not any(one.done() for one in asked)
        for (message_id,) in stack.rows("SELECT id FROM chat_message WHERE status = 'processing'"):
            assert program.post(f"messages/{uuid.UUID(message_id)}/stop").status_code == 200
    assert {one.result().json()["status"] for one in asked} == {"stopped"}


def test_no_middleware_holds_a_thread_for_a_request(
    caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    # Otherwise Django does not say it.
    settings.DEBUG = True
    with caplog.at_level("DEBUG", "django.request"):
        ASGIHandler()
    assert not [one.message for one in caplog.records if "adapted" in one.message]
