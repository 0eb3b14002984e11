"""What a load balancer does when a web process fails: another is asked, but nothing is done
twice."""

import threading
from collections.abc import Iterator

import httpx2
import pytest

from tests.deploy.conftest import Balance
from tests.deploy.upstreams import StandIn, stand_in
from tests.flow.balancers import Balancer
from tests.local.processes import until

Pair = tuple[StandIn, StandIn]


@pytest.fixture
def pair() -> Iterator[Pair]:
    with stand_in() as first, stand_in() as second:
        yield first, second


@pytest.fixture
def http(balance: Balance, pair: Pair) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=balance(pair).url, timeout=5) as client:
        yield client


def test_both_are_used(http: httpx2.Client, pair: Pair) -> None:
    for _ in range(6):
        assert http.get("/").status_code == 200
    assert all(len(one.heard) >= 2 for one in pair)


def test_a_page_is_asked_for_elsewhere_when_a_process_dies_over_it(
    http: httpx2.Client, pair: Pair
) -> None:
    pair[0].dies = True
    assert [http.get("/").status_code for _ in range(4)] == [200] * 4
    assert pair[0].heard


@pytest.mark.parametrize("body", [b"", b"{}"], ids=["empty", "whole"])
def test_a_message_that_may_have_been_taken_is_not_sent_again(
    http: httpx2.Client, pair: Pair, body: bytes
) -> None:
    pair[0].dies = True
    statuses = [http.post(f"/send/{number}", content=body).status_code for number in range(4)]
    assert 502 in statuses
    assert len(pair[0].heard) == statuses.count(502)
    heard = pair[0].heard + pair[1].heard
    assert sorted(heard) == [f"POST /send/{number}" for number in range(4)]


def test_a_message_goes_to_another_when_a_process_is_not_there(balance: Balance) -> None:
    with stand_in() as alive, stand_in() as dead:
        url = balance([dead, alive]).url
        dead.shutdown()
        dead.server_close()
        for _ in range(4):
            assert httpx2.post(f"{url}/send/", content=b"{}", timeout=5).status_code == 200
        assert len(alive.heard) == 4


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_busy_is_an_answer(http: httpx2.Client, pair: Pair, method: str) -> None:
    for one in pair:
        one.status = 503
    for _ in range(3):
        assert http.request(method, "/api/").status_code == 503
    assert len(pair[0].heard + pair[1].heard) == 3
    for one in pair:
        one.status = 200
    assert http.get("/").status_code == 200


@pytest.mark.parametrize(
    ("path", "refusal"), [("/ws/chat/", 403), ("/static/new.js", 404)], ids=["socket", "file"]
)
def test_another_is_asked_for_what_one_does_not_give(
    http: httpx2.Client, pair: Pair, path: str, refusal: int
) -> None:
    pair[0].status = refusal
    assert [http.get(path).status_code for _ in range(4)] == [200] * 4
    assert pair[0].heard
    pair[1].status = refusal
    assert http.get(path).status_code == refusal
    pair[0].status = pair[1].status = 200
    assert http.get(path).status_code == 200


def test_a_process_that_comes_back_is_soon_used(balance: Balance) -> None:
    with stand_in() as first:
        with stand_in() as second:
            balancer = balance([first, second])
        until(lambda: _status(balancer) == 200)
    until(lambda: _status(balancer) in (502, 503), seconds=5)
    with stand_in(first.port) as again:
        until(lambda: _status(balancer) == 200, seconds=5)
        with stand_in(second.port) as other:
            until(lambda: _status(balancer) == 200 and other.heard, seconds=5)
        assert again.heard


@pytest.mark.parametrize("kind", ["nginx"], indirect=True)
def test_a_process_that_has_just_come_back_is_asked_when_there_is_no_other(
    balance: Balance,
) -> None:
    # HAProxy finds it with its next check.
    with stand_in() as second:
        with stand_in() as first:
            balancer = balance([first, second])
        for _ in range(4):
            assert _status(balancer) == 200
        balancer.running.wait_for("Connection refused", seconds=5)
        with stand_in(first.port):
            second.shutdown()
            second.server_close()
            for _ in range(4):
                assert _status(balancer) == 200


def _status(balancer: Balancer) -> int:
    return httpx2.get(balancer.url, timeout=5).status_code


@pytest.mark.parametrize("kind", ["haproxy"], indirect=True)
def test_nothing_new_goes_to_a_process_that_is_not_ready(balance: Balance, pair: Pair) -> None:
    balancer = balance(pair)
    pair[0].readiness = 503
    balancer.running.wait_for("web-1 is DOWN", seconds=10)
    for _ in range(4):
        assert _status(balancer) == 200
    assert not pair[0].heard
    pair[0].readiness = 200
    balancer.running.wait_for("web-1 is UP", seconds=10)
    until(lambda: _status(balancer) == 200 and pair[0].heard, seconds=5)


def test_what_is_streamed_is_passed_on_at_once(http: httpx2.Client, pair: Pair) -> None:
    with http.stream("GET", "/stream") as answer:
        parts = answer.iter_raw()
        assert next(parts) == b"data: 1\n\n"
        for one in pair:
            one.go_on.set()
        assert b"".join(parts) == b"data: 2\n\n"


def test_headers_that_a_client_made_up_are_overwritten(balance: Balance, pair: Pair) -> None:
    balancer = balance(pair)
    made_up = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    heard = httpx2.get(f"{balancer.url}/headers", headers=made_up, timeout=5).json()
    lower = {name.lower(): value for name, value in heard.items()}
    assert lower["x-forwarded-for"] == "127.0.0.1"
    assert lower["x-forwarded-proto"] == "http"
    assert lower["host"] == balancer.url.removeprefix("http://")


def test_many_wait_at_the_same_time(http: httpx2.Client, pair: Pair) -> None:
    begun = threading.Barrier(9)

    def read() -> None:
        with http.stream("GET", "/stream") as answer:
            next(answer.iter_raw())
            begun.wait(10)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    begun.wait(10)
    for one in pair:
        one.go_on.set()
    for thread in threads:
        thread.join()
    assert all(len(one.heard) >= 2 for one in pair)
