"""Around the application, on any ASGI server: who is refused, and how that is told."""

import itertools
import sys
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from streaming.doors.floods import HANDSHAKE_EXTENSION, Floods
from streaming.redis import Redis

ADDRESS = ""
_hosts = itertools.count(1)


@pytest.fixture(autouse=True)
def address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one for each test: refusals are remembered by the process."""
    monkeypatch.setattr(sys.modules[__name__], "ADDRESS", f"203.0.113.{next(_hosts)}")


async def application(scope: Any, receive: Any, send: Any) -> None:
    more = scope["type"] == "http"
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def scope(path: str, kind: str = "http", **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "method": "GET",
        "path": path,
        "headers": [],
        "client": [ADDRESS, 4711],
        **more,
    }


async def asked(asking: dict[str, Any], pieces: Sequence[bytes] = ()) -> list[dict[str, Any]]:
    """What is sent in answer."""
    told: list[dict[str, Any]] = []
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        body = left.pop(0) if left else b""
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    await Floods(application)(asking, receive, send)
    return told


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/v1/chat", "application/json"),
        ("/v1/messages", "application/json"),
        ("/v1/chat/completions", "application/json"),
        ("/chat/send/", "text/plain; charset=utf-8"),
    ],
)
async def test_every_refusal_says_when_to_come_again(
    redis_client: Redis, settings: Any, path: str, kind: str
) -> None:
    settings.CHAT_REQUESTS_PER_ADDRESS = 1
    assert (await asked(scope(path)))[0]["status"] == 200
    head, body = await asked(scope(path))
    headers = dict(head["headers"])
    assert head["status"] == 429
    assert 1 <= int(headers[b"retry-after"]) <= 60
    assert headers[b"content-type"] == kind.encode()
    assert int(headers[b"content-length"]) == len(body["body"])
    if kind == "application/json":
        assert orjson.loads(body["body"])["error"]["message"]


async def test_a_refusal_is_told_in_the_language_of_the_page(
    redis_client: Redis, settings: Any
) -> None:
    settings.CHAT_REQUESTS_PER_ADDRESS = 1
    german = [
        (b"cookie", f"{settings.LANGUAGE_COOKIE_NAME}=de".encode()),
        (b"accept-language", b"en"),
    ]
    await asked(scope("/chat/"))
    _head, body = await asked(scope("/chat/", headers=german))
    assert "Bitte" in body["body"].decode()


async def test_files_and_health_checks_are_not_counted(redis_client: Redis, settings: Any) -> None:
    settings.CHAT_REQUESTS_PER_ADDRESS = 1
    for path in ["/healthz", "/readyz", "/metrics", "/static/js/app.js"] * 3:
        assert (await asked(scope(path)))[0]["status"] == 200


async def test_a_handshake_is_refused_as_far_as_the_server_can(
    redis_client: Redis, settings: Any
) -> None:
    settings.CHAT_REQUESTS_PER_ADDRESS = 1
    await asked(scope("/"))
    able = scope("/ws/chat/", "websocket", extensions={HANDSHAKE_EXTENSION: {}})
    head, _body = await asked(able)
    assert (head["type"], head["status"]) == (f"{HANDSHAKE_EXTENSION}.start", 429)
    assert b"retry-after" in dict(head["headers"])
    assert await asked(scope("/ws/chat/", "websocket")) == [{"type": "websocket.close"}]


@pytest.mark.parametrize("is_announced", [True, False])
async def test_a_body_is_not_read_further_than_it_may_be_long(
    redis_client: Redis, settings: Any, is_announced: bool
) -> None:
    settings.CHAT_BODY_MAX_BYTES = 10
    headers = [(b"content-length", b"12")] if is_announced else []
    head, body = await asked(scope("/v1/messages", headers=headers), [b"x" * 6, b"x" * 6])
    assert head["status"] == 413
    assert orjson.loads(body["body"])["error"]["type"] == "request_too_large"
    assert (await asked(scope("/v1/messages"), [b"x" * 10]))[0]["status"] == 200


async def test_what_is_below_static_by_its_name_alone_is_counted(
    redis_client: Redis, settings: Any
) -> None:
    settings.CHAT_REQUESTS_PER_ADDRESS = 1
    asking = scope("/static/chat/", root_path="/static")
    assert [(await asked(asking))[0]["status"] for _ in range(2)] == [200, 429]
