"""A chat through each load balancer, with its web processes coming and going."""

import asyncio
import signal
import time
from collections.abc import Iterator

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus

from tests.deploy.conftest import Balance
from tests.flow.balancers import Balancer
from tests.flow.people import Frame, Person, Socket, assert_in_order, text_of
from tests.flow.stack import Stack
from tests.provider.asking import plan
from tests.provider.text import text_for

RECONNECT_SECONDS = 10


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two web processes, which a test may end when it puts others in their place."""
    with Stack(tmp_path_factory.mktemp("balanced"), webs=2) as started:
        yield started


async def test_a_message_is_answered_token_by_token(
    balance: Balance, stack: Stack, person: Person
) -> None:
    balancer = balance(stack.webs)
    message = plan(tokens=40, rate=40)
    arrivals: list[float] = []
    async with person.socket(balancer) as socket:
        start = await socket.chat(message)
        while (await _next_chunk(socket, start))["chunk_type"] not in ("end", "error"):
            arrivals.append(time.monotonic())
    chunks = socket.chunks(start["message_id"])
    assert_in_order(chunks)
    assert text_of(chunks) == text_for(message)
    # The model took a second over it; all at once at the end would be a balancer that gathers.
    assert arrivals[-1] - arrivals[0] > 0.5
    assert person.get(f"/chat/{start['conversation_id']}/", balancer).status_code == 200


async def _next_chunk(socket: Socket, start: Frame) -> Frame:
    return await socket.until(lambda frame: frame.get("message_id") == start["message_id"])


def test_a_form_is_accepted_from_the_address_of_the_balancer(
    balance: Balance, stack: Stack, person: Person
) -> None:
    balancer = balance(stack.webs)
    with httpx2.Client(base_url=balancer.url, headers={"Origin": balancer.url}) as browser:
        assert _sign_in(browser, person).status_code == 302
    with httpx2.Client(base_url=balancer.url, headers={"Origin": "http://evil.test"}) as browser:
        assert _sign_in(browser, person).status_code == 403


def _sign_in(browser: httpx2.Client, person: Person) -> httpx2.Response:
    browser.get("/sign-in/")
    fields = {"username": person.name, "password": "river 1 stone"}
    token = browser.cookies["csrftoken"]
    return browser.post("/sign-in/", data={"csrfmiddlewaretoken": token, **fields})


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["told to leave", "killed"])
async def test_a_reader_goes_on_at_the_other_web_process(
    balance: Balance, stack: Stack, person: Person, end: signal.Signals
) -> None:
    balancer = balance(stack.webs)
    message = plan(tokens=60, rate=20)
    # The fewest connections: one each.
    async with person.socket(balancer) as one, person.socket(balancer) as two:
        start = await one.chat(message)
        await one.token(start["message_id"])
        await two.send(type="resume", message_id=start["message_id"], after=-1)
        await two.token(start["message_id"])
        leaving = stack.webs[0]
        leaving.running.process.send_signal(end)
        gone, stays = await _which_closes(one, two)
        rest = await _go_on(person, balancer, start, seen=gone.chunks(start["message_id"]))
        await stays.end(start["message_id"])
    assert await gone.closed() == (1012 if end == signal.SIGTERM else 1006)
    everything = gone.chunks(start["message_id"]) + rest
    assert_in_order(everything)
    assert text_of(everything) == text_for(message)
    await asyncio.to_thread(leaving.running.status)
    stack.begin_again(leaving)
    await asyncio.to_thread(leaving.wait_ready)


async def _which_closes(one: Socket, two: Socket) -> tuple[Socket, Socket]:
    """The socket that the server closes, and the other one."""
    waiting = {asyncio.create_task(socket.closed()): socket for socket in (one, two)}
    done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    assert len(done) == 1
    return waiting[done.pop()], waiting[left.pop()]


async def _go_on(
    person: Person, balancer: Balancer, start: Frame, seen: list[Frame]
) -> list[Frame]:
    """Connect again, as often as it takes, and read the rest."""
    async with asyncio.timeout(RECONNECT_SECONDS):
        while True:
            try:
                async with person.socket(balancer) as socket:
                    message_id = start["message_id"]
                    await socket.send(type="resume", message_id=message_id, after=seen[-1]["seq"])
                    await socket.end(message_id)
                    return socket.chunks(message_id)
            except (InvalidHandshake, OSError):
                await asyncio.sleep(0.1)


async def test_a_socket_of_nobody_is_refused(balance: Balance, stack: Stack) -> None:
    balancer = balance(stack.webs)
    with pytest.raises(InvalidStatus) as refused:
        await connect(balancer.socket_url, origin=balancer.url)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
