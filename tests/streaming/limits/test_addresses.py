"""Whom a request counts under."""

from ipaddress import ip_network
from typing import Any

import pytest

from streaming.addresses import client_of, counted


def scope(peer: str, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", one.encode("latin1")) for one in forwarded]
    return {"client": [peer, 4711], "headers": [(b"host", b"chat"), *headers]}


@pytest.fixture
def proxies(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1/128")]


def test_a_header_of_somebody_unknown_is_not_believed() -> None:
    assert client_of(scope("203.0.113.9", "198.51.100.7")) == ["203.0.113.9", 4711]


@pytest.mark.usefixtures("proxies")
@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("10.0.0.2", ["198.51.100.7"], "198.51.100.7"),
        ("::ffff:10.0.0.2", ["198.51.100.7"], "198.51.100.7"),
        ("::1", ["2001:db8::5"], "2001:db8::5"),
        # What a client made up stands before what the proxies say.
        ("10.0.0.2", ["192.0.2.1, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.2", ["192.0.2.1", "198.51.100.7, 10.0.0.3"], "198.51.100.7"),
        ("10.0.0.2", ["nonsense, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.2", ["\xff\x00, 198.51.100.7"], "198.51.100.7"),
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),
        ("10.0.0.2", [], "10.0.0.2"),
        ("10.0.0.2", [""], "10.0.0.2"),
        ("10.0.0.2", ["nonsense"], "10.0.0.2"),
    ],
)
def test_whom_a_trusted_proxy_speaks_for(peer: str, forwarded: list[str], found: str) -> None:
    client = client_of(scope(peer, *forwarded))
    assert client is not None
    assert client[0] == found


@pytest.mark.parametrize(
    ("host", "whose"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("", ""),
        (None, ""),
        ("a name", ""),
    ],
)
def test_what_an_address_counts_under(host: str | None, whose: str) -> None:
    assert counted(host) == whose
