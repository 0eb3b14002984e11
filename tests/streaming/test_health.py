"""The health checks: asked by address, and honest about what is missing."""

import asyncio
import threading
from collections.abc import Callable

import httpx2
import pytest
from asgiref.sync import SyncToAsync
from channels.testing import HttpCommunicator
from django.test import Client

from config.asgi import application
from streaming import redis as keys
from streaming.doors.sockets import sockets
from streaming.doors.threads import AT_ONCE, shared
from tests.flow.stack import Stack, Web
from tests.local.processes import until

# A container's address is in nobody's ALLOWED_HOSTS.
ADDRESS = "10.1.2.3:8000"


async def ask(path: str, *, host: str = ADDRESS) -> int:
    """The status of the answer to a probe."""
    headers = [(b"host", host.encode())]
    answer = await HttpCommunicator(application, "GET", path, headers=headers).get_response()
    return int(answer["status"])


@pytest.mark.django_db(transaction=True)
async def test_probes_are_answered_whatever_the_host_header_says(redis_client: keys.Redis) -> None:
    assert await ask("/healthz") == 200
    assert await ask("/readyz") == 200


def test_without_an_event_loop_too() -> None:
    assert Client().get("/healthz", headers={"host": ADDRESS}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/healthz/", "/readyz/x", "/x", "/static/x"])
async def test_nothing_else_is_answered_to_a_host_that_is_not_allowed(path: str) -> None:
    assert await ask(path) == 400


async def test_a_process_that_drains_is_alive_but_not_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sockets, "draining", True)
    assert await ask("/readyz") == 503
    assert await ask("/healthz") == 200


async def test_a_process_whose_threads_are_all_busy_is_alive() -> None:
    loop, free = asyncio.get_running_loop(), threading.Event()
    own = SyncToAsync.context_to_thread_executor[shared]
    busy = [loop.run_in_executor(own, free.wait) for _ in range(AT_ONCE)]
    try:
        assert await ask("/healthz") == 200
    finally:
        free.set()
        await asyncio.gather(*busy)


def test_a_web_process_is_not_ready_before_migrate_and_without_redis(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(webs=0, workers=0)
    stack.run("manage.py", "migrate", "chat", "zero", "-v0").status()
    web = stack.begin_web()
    until(lambda: web.readiness() == 503, what=lambda: web.running.printed)
    assert _said(web) == {"database": True, "redis": True, "migrated": False}
    stack.run("manage.py", "migrate", "-v0").status()
    assert _said(web) == {"database": True, "redis": True, "migrated": True}
    assert web.readiness() == 200
    stack.redis.process.terminate()
    stack.redis.status()
    assert _said(web) == {"database": True, "redis": False, "migrated": True}
    assert web.readiness() == 503


def _said(web: Web) -> dict[str, bool]:
    said: dict[str, bool] = httpx2.get(f"{web.url}/readyz", timeout=10).json()
    return said


def test_a_workers_check_fails_before_it_runs_and_after_it_has_left(
    own_stack: Callable[..., Stack],
) -> None:
    stack = own_stack(webs=0, workers=0)

    def check() -> int:
        return stack.run("manage.py", "check_worker").status()

    assert check() == 1
    worker = stack.start_worker()
    until(lambda: check() == 0)
    worker.process.kill()
    until(lambda: check() == 1)
    stack.redis.process.terminate()
    stack.redis.status()
    without_redis = stack.run("manage.py", "check_worker")
    assert without_redis.status() == 1
    assert without_redis.printed.startswith("rivulet: Redis does not answer")
