"""What bad input gets: a clear error, an open socket, and nothing started."""

import json
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.flow.people import Person
from tests.flow.stack import Stack

ID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", "bad_frame"),
        ("[]", "bad_frame"),
        ("{}", "bad_frame"),
        ('{"type": 5}', "bad_frame"),
        ('{"type": "sing"}', "unknown_type"),
        ('{"type": "chat"}', "bad_frame"),
        ('{"type": "chat", "message": 5}', "bad_frame"),
        ('{"type": "chat", "message": null}', "bad_frame"),
        ('{"type": "chat", "message": ""}', "empty_message"),
        ('{"type": "chat", "message": " \\n\\t\\u00a0"}', "empty_message"),
        (json.dumps({"type": "chat", "message": "x" * 32_001}), "message_too_long"),
        ('{"type": "chat", "message": "a\\u0000b"}', "bad_frame"),
        ('{"type": "chat", "message": "a\\ud800b"}', "bad_frame"),
        ('{"type": "chat", "message": "x", "client_id": ""}', "bad_frame"),
        (json.dumps({"type": "chat", "message": "x", "client_id": "y" * 65}), "bad_frame"),
        ('{"type": "chat", "message": "x", "client_id": 7}', "bad_frame"),
        ('{"type": "chat", "message": "x", "stream": "yes"}', "bad_frame"),
        ('{"type": "chat", "message": "x", "context": []}', "bad_frame"),
        ('{"type": "chat", "message": "x", "model": "no-such"}', "bad_frame"),
        ('{"type": "chat", "message": "x", "conversation_id": "7"}', "bad_frame"),
        (f'{{"type": "chat", "message": "x", "conversation_id": "{ID}"}}', "not_found"),
        ('{"type": "open"}', "bad_frame"),
        (f'{{"type": "open", "conversation_id": "{ID}"}}', "not_found"),
        (f'{{"type": "resume", "message_id": "{ID}", "after": 0}}', "not_found"),
        (f'{{"type": "resume", "message_id": "{ID}", "after": -2}}', "bad_frame"),
        (f'{{"type": "resume", "message_id": "{ID}", "after": "x"}}', "bad_frame"),
        (f'{{"type": "stop", "message_id": "{ID}"}}', "not_found"),
        ("x" * 1024 * 1024, "message_too_long"),
        (b"bytes", "bad_frame"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_bad_frame_gets_its_code_and_the_socket_stays_open(
    stack: Stack, person: Person, text: str, code: str
) -> None:
    async with person.socket() as socket:
        await socket.connection.send(text)
        error = await socket.receive()
        assert error["type"] == "error"
        assert error["code"] == code
        assert error["detail"].endswith(".")
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}
    assert not stack.rows(
        "SELECT c.id FROM chat_conversation c JOIN chat_user u ON u.id = c.owner_id"
        f" WHERE u.username = '{person.name}'"
    )


async def test_an_error_about_a_send_names_it(person: Person) -> None:
    async with person.socket() as socket:
        error = await socket.chat("  ", client_id="mine")
    assert error["client_id"] == "mine"


async def test_what_is_somebody_elses_looks_unknown(person: Person, other: Person) -> None:
    async with person.socket() as mine, other.socket() as theirs:
        end = await mine.ask("hello")
        foreign: list[dict[str, Any]] = [
            {"type": "open", "conversation_id": end["conversation_id"]},
            {"type": "resume", "message_id": end["message_id"], "after": -1},
            {"type": "stop", "message_id": end["message_id"]},
            {"type": "chat", "message": "x", "conversation_id": end["conversation_id"]},
        ]
        for frame in foreign:
            await theirs.send(**frame)
            assert (await theirs.receive())["code"] == "not_found"
    assert other.get(f"/chat/{end['conversation_id']}/").status_code == 404
    assert person.get(f"/chat/{end['conversation_id']}/").status_code == 200


async def test_without_a_session_the_handshake_is_refused(stack: Stack) -> None:
    web = stack.webs[0]
    with pytest.raises(InvalidStatus) as refused:
        async with connect(web.socket_url, origin=web.url):  # type: ignore[arg-type]
            pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", None])
async def test_a_foreign_origin_is_refused(person: Person, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            person.stack.webs[0].socket_url,
            additional_headers={"Cookie": person.cookie},
            origin=origin,  # type: ignore[arg-type]
        ):
            pass
    assert refused.value.response.status_code == 403


async def test_a_flood_of_bad_frames_closes_the_socket(person: Person) -> None:
    async with person.socket() as socket:
        for _ in range(40):
            await socket.connection.send("nonsense")
        assert await socket.closed() == 4008


async def test_after_signing_out_an_open_socket_takes_no_more(person: Person) -> None:
    async with person.socket() as socket:
        await socket.ask("hello")
        person.post("/sign-out/")
        await socket.send(type="chat", message="still there?", client_id="late")
        assert await socket.closed() == 4003


async def test_a_socket_that_only_listens_is_closed_when_its_session_ends(person: Person) -> None:
    async with person.socket() as socket:
        await socket.ask("hello")
        person.post("/sign-out/")
        assert await socket.closed() == 4003


async def test_too_many_messages_are_told_when_to_come_back(own_stack) -> None:  # type: ignore[no-untyped-def]
    stack = own_stack(CHAT_RATE_PER_MINUTE="3")
    person = Person(stack, "eager")
    async with person.socket() as socket:
        for _ in range(3):
            assert (await socket.chat("hello"))["type"] == "stream"
        error = await socket.chat("hello")
    assert error["code"] == "rate_limited"
    assert 0 < error["retry_after"] <= 20


async def test_without_redis_a_message_is_refused_and_not_kept(own_stack) -> None:  # type: ignore[no-untyped-def]
    stack = own_stack()
    person = Person(stack, "unlucky")
    async with person.socket() as socket:
        first = await socket.ask("hello")
        stack.redis.process.kill()
        stack.redis.process.wait(10)
        error = await socket.chat("anybody?", conversation_id=first["conversation_id"])
        assert error["code"] == "busy"
        assert error["retry_after"] > 0
        assert stack.webs[0].readiness() == 503
        assert stack.rows("SELECT count(*) FROM chat_message") == [(2,)]
        stack.start_redis()
        while (end := await socket.chat("anybody?", client_id="again"))["type"] == "error":
            assert end["code"] == "busy"
        assert (await socket.end(end["message_id"]))["metadata"]["status"] == "complete"
