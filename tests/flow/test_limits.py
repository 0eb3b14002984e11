"""Who comes too often, or with too many connections, is told so; others do not notice."""

import asyncio
import json
import uuid
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.flow.api import Program
from tests.flow.keys import key_of
from tests.flow.people import Person, assert_in_order
from tests.flow.stack import Stack, Web
from tests.local.processes import until

LONG = json.dumps({"tokens": 400, "rate": 20})
# Nobody's: what a proxy says that stands on this machine.
PROXY = {"TRUSTED_PROXIES": "127.0.0.1"}


def native(body: Any, code: str) -> None:
    assert (body.keys(), body["error"].keys()) == ({"error"}, {"code", "message"})
    assert body["error"]["code"] == code


def openais(body: Any, code: str) -> None:
    assert body["error"].keys() == {"message", "type", "param", "code"}
    assert body["error"]["code"] == {"rate_limited": "rate_limit_exceeded"}.get(code, code)


def anthropics(body: Any, code: str) -> None:
    assert (body["type"], body["error"].keys()) == ("error", {"type", "message"})
    kinds = {"rate_limited": "rate_limit_error", "message_too_long": "request_too_large"}
    assert body["error"]["type"] == kinds[code]


# What each door's refusals look like.
SHAPES = {"/api/v1/chat": native, "/v1/chat/completions": openais, "/v1/messages": anthropics}


def came_from(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def refusal(person: Person, web: Web | None = None) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as refused:
        async with person.socket(web):
            pass
    return refused.value


async def test_sockets_are_counted_over_all_processes_and_freed_by_a_killed_one(own_stack) -> None:  # type: ignore[no-untyped-def]
    stack: Stack = own_stack(webs=2, CHAT_CONNECTIONS_PER_PERSON="3")
    person, other = Person(stack, "many"), Person(stack, "few")
    one, two = stack.webs
    async with person.socket(one), person.socket(one), person.socket(two):
        for web in stack.webs:
            response = (await refusal(person, web)).response
            assert response.status_code == 429
            assert int(response.headers["Retry-After"]) > 0
        async with other.socket(two) as theirs:
            await theirs.ask("hello")
        one.running.process.kill()
        one.running.process.wait(10)
        # The killed process' two are free within its lease, the other's is held.
        async with asyncio.timeout(20):
            while True:
                try:
                    async with person.socket(two), person.socket(two):
                        break
                except InvalidStatus:
                    await asyncio.sleep(0.2)
    async with person.socket(two), person.socket(two), person.socket(two):
        assert (await refusal(person, two)).response.status_code == 429


async def test_answers_at_the_same_time_are_counted_until_they_end(own_stack) -> None:  # type: ignore[no-untyped-def]
    stack: Stack = own_stack(webs=2, CHAT_REPLIES_PER_PERSON="2")
    person, other = Person(stack, "impatient"), Person(stack, "patient")
    async with person.socket(stack.webs[0]) as one, person.socket(stack.webs[1]) as two:
        first, _second = await one.chat(LONG), await two.chat(LONG)
        refused = await two.chat("And this?")
        assert (refused["code"], refused["retry_after"]) == ("rate_limited", 5)
        async with other.socket() as theirs:
            assert (await theirs.chat("hello"))["type"] == "stream"
        await one.send(type="stop", message_id=first["message_id"])
        await one.end(first["message_id"])
        assert (await two.chat("And now?"))["type"] == "stream"


async def test_a_flood_of_one_address_is_refused_and_a_stream_goes_on(own_stack) -> None:  # type: ignore[no-untyped-def]
    # One more is let in every five seconds.
    stack: Stack = own_stack(CHAT_REQUESTS_PER_ADDRESS="12", **PROXY)
    person, web = Person(stack, "reader"), stack.webs[0]
    flood = came_from("203.0.113.7")
    async with person.socket() as socket:
        start = await socket.chat(LONG)
        async with httpx2.AsyncClient(base_url=web.url, headers=flood) as http:
            answers = await asyncio.gather(*(http.get("/sign-in/") for _ in range(120)))
            assert {one.status_code for one in answers} == {200, 429}
            assert sum(one.status_code == 200 for one in answers) <= 14
            for path, is_shaped in SHAPES.items():
                refused = await http.post(path, json={})
                assert refused.status_code == 429
                assert int(refused.headers["retry-after"]) >= 1
                is_shaped(refused.json(), "rate_limited")
            assert (await http.get("/healthz")).status_code == 200
        with pytest.raises(InvalidStatus) as handshake:
            async with connect(web.socket_url, additional_headers=flood):
                pass
        assert handshake.value.response.status_code == 429
        assert httpx2.get(f"{web.url}/sign-in/", headers=came_from("203.0.113.8")).is_success
        await socket.end(start["message_id"])
    assert_in_order(socket.chunks(start["message_id"]))


async def test_messages_are_counted_by_address_for_all_who_share_it(own_stack) -> None:  # type: ignore[no-untyped-def]
    stack: Stack = own_stack(CHAT_RATE_PER_ADDRESS="3", **PROXY)
    codes = []
    for number in range(3):
        person = Person(stack, f"person-{number}")
        headers = {"Cookie": person.cookie} | came_from(f"2001:db8::{number + 1}")
        origin = stack.webs[0].url
        async with connect(
            stack.webs[0].socket_url,
            additional_headers=headers,
            origin=origin,  # type: ignore[arg-type]
        ) as connection:
            for sent in range(2):
                frame = {"type": "chat", "message": "hello", "client_id": f"{number}-{sent}"}
                await connection.send(json.dumps(frame))
                while (frame := json.loads(await connection.recv())).get("chunk_type") != "start":
                    if frame["type"] == "error":
                        break
                codes.append(frame.get("code"))
    assert codes == [None, None, None, "rate_limited", "rate_limited", "rate_limited"]


def test_another_version_counts_for_the_address_as_a_message_does(own_stack) -> None:  # type: ignore[no-untyped-def]
    stack: Stack = own_stack(CHAT_RATE_PER_ADDRESS="3", **PROXY)
    program = Program(Person(stack, "again"))
    program.headers |= came_from("203.0.113.9")
    address = f"messages/{program.post('chat', message='hello').json()['message_id']}/regenerate"
    assert [program.post(address).status_code for _ in range(3)] == [200, 200, 429]


async def test_streams_of_every_door_hold_a_place_until_they_end(own_stack) -> None:  # type: ignore[no-untyped-def]
    stack: Stack = own_stack(CHAT_CONNECTIONS_PER_PERSON="3")
    person, web = Person(stack, "reader"), stack.webs[0]
    key = {"Authorization": f"Bearer {key_of(person)}"}
    said = {"model": "auto", "messages": [{"role": "user", "content": LONG}], "max_tokens": 999}
    doors: dict[str, Any] = {
        "/api/v1/chat/stream": {"message": LONG},
        "/v1/chat/completions": {**said, "stream": True},
        "/v1/messages": {**said, "stream": True},
    }
    async with AsyncExitStack() as held:
        http = await held.enter_async_context(
            httpx2.AsyncClient(base_url=web.url, headers=key, timeout=60)
        )
        streams = []
        for path, body in doors.items():
            opened = held.enter_async_context(http.stream("POST", path, json=body))
            streams.append(await opened)
            assert streams[-1].status_code == 200
        for path, body in {**doors, "/api/v1/chat": {"message": LONG}}.items():
            refused = await http.post(path, json=body)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
            SHAPES[path.removesuffix("/stream")](refused.json(), "rate_limited")
        for wish in ("regenerate", "continue"):
            refused = await http.post(f"/api/v1/messages/{uuid.uuid4()}/{wish}", json={})
            assert refused.status_code == 429
        assert (await refusal(person)).response.status_code == 429
        # What is answered at once needs none.
        assert (await http.get("/api/v1/conversations")).status_code == 200
        await streams[1].aclose()
        async with asyncio.timeout(10):
            while True:
                try:
                    async with person.socket():
                        break
                except InvalidStatus:
                    await asyncio.sleep(0.1)


async def test_a_page_without_scripts_is_told_and_shown_without_a_stream(own_stack) -> None:  # type: ignore[no-untyped-def]
    stack: Stack = own_stack(CHAT_CONNECTIONS_PER_PERSON="1")
    person = Person(stack, "plain")
    async with person.socket() as socket:
        start = await socket.chat(LONG)
        address = f"/chat/{start['conversation_id']}"
        page = await asyncio.to_thread(person.get, f"{address}/live")
        assert page.url.path == f"{address}/"
        assert "connected already" in page.text
        assert 'http-equiv="refresh" content="5;' in page.text


async def test_a_body_that_is_too_long_is_refused_in_the_shape_of_its_door(own_stack) -> None:  # type: ignore[no-untyped-def]
    stack: Stack = own_stack(CHAT_BODY_MAX_BYTES="20000")
    url = stack.webs[0].url

    async def pieces():  # type: ignore[no-untyped-def]
        for _ in range(40):
            yield b"x" * 1000

    for path, is_shaped in SHAPES.items():
        for content in (b"x" * 30_000, pieces()):  # type: ignore[no-untyped-call]
            # A connection each: the rest of what is sent is not looked at.
            async with httpx2.AsyncClient(base_url=url) as http:
                refused = await http.post(path, content=content)
            assert refused.status_code == 413
            is_shaped(refused.json(), "message_too_long")
    async with httpx2.AsyncClient(base_url=url) as http:
        refused = await http.post("/sign-in/", content=b"x" * 30_000)
    assert refused.status_code == 413
    assert refused.headers["content-type"].startswith("text/plain")
    until(lambda: stack.webs[0].readiness() == 200)
