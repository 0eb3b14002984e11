"""Figures for Prometheus, for staff and for who knows the token."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import GaugeMetricFamily, Metric
from redis.exceptions import RedisError

from streaming.doors.sockets import sockets
from streaming.metrics.exposition import exposition

BEARER = "Bearer "


def metrics(request: HttpRequest) -> HttpResponse:
    """The whole installation's figures, whichever web process is asked; 503 without Redis."""
    if not (_knows_token(request) or request.user.is_staff):
        return HttpResponse("Staff, or METRICS_TOKEN as a bearer token.\n", status=403)
    try:
        text = exposition(_own())
    except (RedisError, OSError):
        return HttpResponse("Redis does not answer.\n", status=503)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _own() -> list[Metric]:
    held = "Sockets, pages and event streams that this web process holds open."
    leaves = "1 while this web process leaves."
    return [
        GaugeMetricFamily("rivulet_open_sockets", held, value=len(sockets.open)),
        GaugeMetricFamily("rivulet_draining", leaves, value=float(sockets.draining)),
    ]


def _knows_token(request: HttpRequest) -> bool:
    told = request.headers.get("Authorization", "")
    token: str = settings.METRICS_TOKEN
    if not token or not told.startswith(BEARER):
        return False
    return secrets.compare_digest(told.removeprefix(BEARER).encode(), token.encode())
