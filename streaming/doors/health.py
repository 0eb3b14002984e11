"""Health checks for load balancers and supervisors."""

import asyncio
from collections.abc import Awaitable

from channels.db import database_sync_to_async
from django.db import connection
from django.http import HttpRequest, JsonResponse

from streaming import redis as keys
from streaming.doors.sockets import sockets

CHECK_TIMEOUT_SECONDS = 2.0


async def alive(request: HttpRequest) -> JsonResponse:
    """200 while the process can answer at all."""
    return JsonResponse({"status": "alive"})


async def ready(request: HttpRequest) -> JsonResponse:
    """200 when messages can be taken; 503 while draining, or without database or Redis."""
    if sockets.draining:
        return JsonResponse({"status": "draining"}, status=503)
    database, redis = await asyncio.gather(_works(_database()), _works(_redis()))
    state = {"database": database, "redis": redis}
    return JsonResponse(state, status=200 if all(state.values()) else 503)


async def _works(check: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            await check
    except Exception:
        return False
    return True


def _query() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


_database = database_sync_to_async(_query)


async def _redis() -> None:
    await keys.client().ping()
