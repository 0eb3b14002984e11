"""Asks our own HTTP servers whether they are ready."""

import asyncio
import http.client
from urllib.parse import urlsplit

_ANSWER_SECONDS = 5.0


async def answers_ok(url: str) -> bool:
    """Whether a GET is answered with status 200."""
    return await asyncio.to_thread(_get, url) == 200


def _get(url: str) -> int | None:
    # Not urllib: it would ask a proxy of the environment.
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=_ANSWER_SECONDS
    )
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
