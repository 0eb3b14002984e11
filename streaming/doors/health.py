"""Health checks for load balancers and supervisors."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction
from channels.db import database_sync_to_async
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.decorators import sync_and_async_middleware

from streaming import redis as keys
from streaming.doors.sockets import sockets

CHECK_TIMEOUT_SECONDS = 2.0

_migrated = False


async def alive(request: HttpRequest) -> JsonResponse:
    """200 while the process can answer at all."""
    return JsonResponse({"status": "alive"})


async def ready(request: HttpRequest) -> JsonResponse:
    """200 when messages can be taken; 503 while draining, before `migrate`, without database or
    Redis."""
    if sockets.draining:
        return JsonResponse({"status": "draining"}, status=503)
    database, redis = await asyncio.gather(_works(_database()), _works(_redis()))
    state = {"database": database, "redis": redis, "migrated": _migrated}
    return JsonResponse(state, status=200 if all(state.values()) else 503)


async def _works(check: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await check
    except Exception:
        return False
    return True


def _query() -> None:
    global _migrated
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    # What was applied stays applied while this process runs: looked at until it is so.
    _migrated = _migrated or not _missing_migrations()


def _missing_migrations() -> list[Any]:
    executor = MigrationExecutor(connection)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())


_database = database_sync_to_async(_query)


async def _redis() -> None:
    await keys.client().ping()


@sync_and_async_middleware
def probes(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answers the two health checks whatever the Host header says; passes on all else.

    Balancers, containers and Kubernetes ask a process by its address, which is in nobody's
    ALLOWED_HOSTS. The answers hold nothing that depends on the host.
    """
    checks = {reverse("healthz"): alive, reverse("readyz"): ready}

    if not iscoroutinefunction(get_response):

        def answer(request: HttpRequest) -> Any:
            check = checks.get(request.path_info)
            return async_to_sync(check)(request) if check else get_response(request)

        return answer

    async def answer_async(request: HttpRequest) -> Any:
        check = checks.get(request.path_info)
        return await (check or get_response)(request)

    return answer_async
