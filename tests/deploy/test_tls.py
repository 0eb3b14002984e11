"""https ends at the load balancer: what Django makes of it, and what a browser is told."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.deploy import certificates
from tests.deploy.conftest import Balance
from tests.flow.balancers import Balancer
from tests.flow.people import Socket
from tests.flow.stack import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("tls")
    with Stack(folder, BEHIND_TLS_PROXY="1") as started:
        yield started


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return certificates.make(tmp_path / "certificate.pem")


@pytest.fixture
def balancer(balance: Balance, stack: Stack, certificate: Path) -> Balancer:
    return balance(stack.webs, certificate=certificate)


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture
def browser(balancer: Balancer, trust: ssl.SSLContext) -> Iterator[httpx2.Client]:
    headers = {"Origin": balancer.secure_url}
    with httpx2.Client(base_url=balancer.secure_url, verify=trust, headers=headers) as client:
        yield client


def sign_up(browser: httpx2.Client) -> httpx2.Response:
    browser.get("/sign-up/")
    fields = dict.fromkeys(("password1", "password2"), "river 1 stone")
    token = browser.cookies["csrftoken"]
    name = f"somebody-{token[:8]}"
    return browser.post(
        "/sign-up/", data={"csrfmiddlewaretoken": token, "username": name, **fields}
    )


def test_cookies_are_for_https_only_and_browsers_stay_there(browser: httpx2.Client) -> None:
    answer = sign_up(browser)
    assert answer.status_code == 302
    cookies = answer.headers.get_list("set-cookie")
    assert any(cookie.startswith("sessionid=") for cookie in cookies)
    assert all("; secure" in cookie.lower() for cookie in cookies)
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_over_http_nothing_pretends_to_be_https(balancer: Balancer) -> None:
    pretending = {"X-Forwarded-Proto": "https"}
    answer = httpx2.get(f"{balancer.url}/sign-in/", headers=pretending)
    assert answer.status_code == 200
    assert "strict-transport-security" not in answer.headers


async def test_a_socket_of_the_sites_own_pages_is_accepted(
    browser: httpx2.Client, balancer: Balancer, trust: ssl.SSLContext
) -> None:
    sign_up(browser)
    url = f"{balancer.secure_url.replace('https', 'wss')}/ws/chat/"
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid']}"}
    own = balancer.secure_url
    async with connect(url, ssl=trust, additional_headers=cookie, origin=own) as connection:  # type: ignore[arg-type]
        end = await Socket(connection).ask('{"tokens": 3}')
        assert end["metadata"]["status"] == "complete"
    with pytest.raises(InvalidStatus):
        await connect(url, ssl=trust, additional_headers=cookie, origin="https://evil.test")  # type: ignore[arg-type]
