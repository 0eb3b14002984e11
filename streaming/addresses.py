"""Who is at the other end: the address that is counted, whatever stands between."""

import logging
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

# What one household or one server is given: who has it has all of its addresses.
IPV6_PREFIX_BITS = 64
FORWARDED = b"x-forwarded-for"

logger = logging.getLogger("rivulet.web")
_warned: set[str] = set()


def address_of(request: HttpRequest) -> str:
    """What a request counts under; empty for what is not counted by address."""
    return counted(request.META.get("REMOTE_ADDR"))


def counted(host: str | None) -> str:
    """What this address counts under: an IPv6 one by its network.

    Empty for this machine itself, where a proxy may stand that nobody has named: its people are
    not to be counted as one.
    """
    address = _parsed(host)
    if address is None or address.is_loopback:
        return ""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, IPV6_PREFIX_BITS), strict=False))
    return str(address)


def client_of(scope: dict[str, Any]) -> list[Any] | None:
    """The ASGI scope's ``client``; where a proxy that is trusted speaks, whom it speaks for.

    Each proxy appends whom it speaks for, so the list is read from its end: whom the last one
    names that is not itself trusted. What stands before that anybody may have made up.
    """
    client: list[Any] | None = scope.get("client")
    forwarded = [value for name, value in scope["headers"] if name == FORWARDED]
    peer = _parsed(client[0]) if client else None
    if peer is None or not forwarded:
        return client
    if not _is_trusted(peer):
        _warn(str(peer))
        return client
    found: IPv4Address | IPv6Address = peer
    for word in reversed(b",".join(forwarded).decode("latin1").split(",")):
        address = _parsed(word.strip())
        if address is None:
            break
        found = address
        if not _is_trusted(address):
            break
    return client if found == peer else [str(found), 0]


def _parsed(host: Any) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(str(host).partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _is_trusted(address: IPv4Address | IPv6Address) -> bool:
    networks: Iterable[Any] = settings.TRUSTED_PROXIES
    return any(address in network for network in networks)


def _warn(peer: str) -> None:
    # Anybody may send the header: once is enough, and so many addresses are enough.
    if not _warned:
        _warned.add(peer)
        logger.warning(
            "X-Forwarded-For from %s is not believed: it is not among TRUSTED_PROXIES", peer
        )
