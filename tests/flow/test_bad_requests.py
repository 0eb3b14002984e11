"""What is not meant for the HTTP doors gets its status and a sentence, and starts nothing."""

import json
import socket
from typing import Any

import httpx2
import pytest

from streaming.doors.api.bodies import REST_BYTES_MAX
from streaming.doors.receiving import BODY_BYTES_MAX, RECEIVE_SECONDS
from tests.flow.api import NOBODYS, Program

JSON = {"Content-Type": "application/json"}
MESSAGE_MAX_CHARS = 32_000


def sent(program: Program, body: bytes, path: str = "chat") -> tuple[int, str]:
    return program.refused("POST", path, content=body, headers=JSON)


@pytest.mark.parametrize("path", ["chat", "chat/stream"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"null",
        b'"hello"',
        b"{}",
        b'{"message": 7}',
        b'{"message": null}',
        b'{"message": "\\ud800"}',
        b'{"message": "hello", "conversation_id": "x"}',
        b'{"message": "hello", "conversation_id": 7}',
        b'{"message": "hello", "client_id": ""}',
        b'{"message": "hello", "client_id": "%s"}' % (b"x" * 65),
        b'{"message": "hello", "context": []}',
        b'{"message": "hello", "model": "no:such"}',
        b'{"message": "hello", "colour": "blue"}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_not_as_it_should_be_is_refused(
    program: Program, body: bytes, path: str
) -> None:
    assert sent(program, body, path) == (400, "bad_frame")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({}, "message"),
        ({"message": 7}, "message"),
        ({"message": "hello", "conversation_id": "x"}, "conversation_id"),
        ({"message": "hello", "colour": "blue"}, "colour"),
    ],
)
def test_the_sentence_names_the_field(program: Program, body: object, name: str) -> None:
    response = httpx2.post(f"{program.url}/chat", json=body, headers=program.headers)
    assert name in response.json()["error"]["message"]


def test_an_empty_or_too_long_message_is_refused(program: Program) -> None:
    assert sent(program, b'{"message": " \\n "}') == (400, "empty_message")
    long = json.dumps({"message": "x" * (MESSAGE_MAX_CHARS + 1)}).encode()
    assert sent(program, long) == (413, "message_too_long")


def test_a_body_beyond_the_limit_is_refused(program: Program) -> None:
    limit = MESSAGE_MAX_CHARS * 12 + REST_BYTES_MAX
    body = b'{"message": "hello", "client_id": "%s"}' % (b"x" * limit)
    assert sent(program, body) == (413, "message_too_long")
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
    assert program.refused("POST", "chat", content=pieces, headers=JSON)[0] == 413


def test_another_type_of_body_is_refused(program: Program) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        headers = {"Content-Type": content_type}
        refused = program.refused("POST", "chat", content=b'{"message": "x"}', headers=headers)
        assert refused == (415, "unsupported_media_type")
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert program.refused("POST", "chat", content=b"{}", headers=headers)[0] == 400


def test_another_method_is_told_which_there_are(program: Program) -> None:
    for method, path, allowed in (
        ("GET", "chat", "POST"),
        ("DELETE", "conversations", "GET, HEAD"),
        ("PUT", f"messages/{NOBODYS}/stop", "POST"),
    ):
        assert program.refused(method, path) == (405, "method_not_allowed")
        response = httpx2.request(method, f"{program.url}/{path}", headers=program.headers)
        assert response.headers["allow"] == allowed


@pytest.mark.parametrize("cursor", ["x", "-2", "1.5", "1e3", "٣", "4294967296", "9" * 400])
def test_a_cursor_that_is_none_is_refused(program: Program, cursor: str) -> None:
    path = f"messages/{NOBODYS}/stream"
    assert program.refused("GET", f"{path}?after={cursor}") == (400, "bad_frame")
    if cursor.isascii():
        headers = {"Last-Event-ID": cursor}
        assert program.refused("GET", path, headers=headers) == (400, "bad_frame")


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "application/x-www-form-urlencoded; charset=latin-1"],
)
def test_a_form_that_cannot_be_read_is_no_mistake_of_ours(
    program: Program, content_type: str
) -> None:
    headers = {"Content-Type": content_type}
    for path in ("chat", f"messages/{NOBODYS}/stop"):
        refused = program.refused("POST", path, content=b"message=x", headers=headers)
        assert refused == (400, "bad_frame")


def test_nobody_says_where_the_application_begins(program: Program) -> None:
    # What is below /static/ is not counted.
    url = program.url.replace("/api/v1", "/static/api/v1")
    headers = {"Daphne-Root-Path": "/static"}
    assert httpx2.get(f"{url}/conversations", headers=headers).status_code == 404
    # A page that is made once, for everybody.
    headers = {"Daphne-Root-Path": "//elsewhere.example"}
    page = httpx2.get(f"{program.url}/docs", headers=headers)
    assert page.is_success
    assert "elsewhere.example" not in page.text


def test_neither_is_a_query_of_a_thousand_fields(program: Program) -> None:
    query = "&".join(f"field{number}=" for number in range(1_001))
    assert program.refused("GET", f"conversations?{query}") == (400, "bad_frame")


@pytest.mark.parametrize("query", ["cursor=x", "limit=0", "limit=x", "limit=101", "colour=blue"])
def test_a_list_is_asked_for_properly(program: Program, query: str) -> None:
    assert program.refused("GET", f"conversations?{query}") == (400, "bad_frame")


def test_an_address_that_is_not_there_is_told_in_json(program: Program) -> None:
    assert program.refused("GET", "nothing") == (404, "not_found")
    assert program.refused("GET", "messages/7/stream") == (404, "not_found")


def connected(program: Program) -> socket.socket:
    url = httpx2.URL(program.url)
    connection = socket.create_connection((url.host, url.port or 80), timeout=60)
    connection.settimeout(RECEIVE_SECONDS + 30)
    return connection


def answered(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    said = b""
    while piece := connection.recv(65536):
        said += piece
    return said


# What each door says of what is too long, or does not come.
SHAPES = {
    "/api/v1/chat": {"error": {"code", "message"}},
    "/v1/chat/completions": {"error": {"code", "message", "param", "type"}},
    "/v1/messages": {"error": {"message", "type"}, "type": None},
}


def shape(payload: dict[str, Any]) -> dict[str, set[str] | None]:
    return {
        name: set(value) if isinstance(value, dict) else None for name, value in payload.items()
    }


def in_shape(answer: bytes, path: str, status: int) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert shape(json.loads(body)) == SHAPES[path]
    return f" {status} ".encode() in head.partition(b"\r\n")[0]


def test_half_a_request_and_silence_is_answered_and_closed(program: Program) -> None:
    head = "POST {path} HTTP/1.1\r\nHost: x\r\n"
    halves = [
        (path, (head.format(path=path) + rest).encode())
        for path in SHAPES
        for rest in ("Content-Le", "Content-Length: 10\r\n\r\n{")
    ]
    connections = [connected(program) for _ in halves]
    for connection, (_, half) in zip(connections, halves, strict=True):
        connection.sendall(half)
    for connection, (path, _) in zip(connections, halves, strict=True):
        with connection:
            assert in_shape(answered(connection), path, 408)


@pytest.mark.parametrize("path", SHAPES)
def test_more_than_any_request_may_bring_is_not_taken(program: Program, path: str) -> None:
    with connected(program) as connection:
        length = BODY_BYTES_MAX + 1
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
        connection.sendall(head.encode())
        # Nobody waits for the body.
        assert in_shape(answered(connection), path, 413)


@pytest.mark.parametrize("announced", [True, False])
def test_who_sends_far_too_much_hears_why(program: Program, announced: bool) -> None:
    body = b"x" * (8 * BODY_BYTES_MAX)
    pieces = body if announced else (body[n : n + 65536] for n in range(0, len(body), 65536))
    refused = program.refused("POST", "chat", content=pieces, headers=JSON)
    assert refused == (413, "message_too_long")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"model": 7, "messages": [], "max_tokens": 1}', "application/json", 400),
        (b'{"model": "auto", "messages": "hello", "max_tokens": 1}', "application/json", 400),
        (b"{}", "text/plain", 415),
    ],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_other_vendors_doors_refuse_in_their_own_shape(
    program: Program, path: str, body: bytes, content_type: str, status: int
) -> None:
    url = httpx2.URL(program.url).copy_with(path=path)
    headers = program.headers | {"Content-Type": content_type}
    response = httpx2.post(url, content=body, headers=headers)
    # Anthropic's protocol has no word for this status.
    assert response.status_code == (400 if path == "/v1/messages" else status)
    assert shape(response.json()) == SHAPES[path]
    response = httpx2.post(url, content=body, headers={"Content-Type": content_type})
    assert response.status_code == 401
    assert shape(response.json()) == SHAPES[path]
