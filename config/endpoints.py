"""Servers that speak OpenAI's protocol, by name: `name=address|KEY_VARIABLE|continues`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
CONTINUES = "continues"
FORM = "name=http://host:port/v1, then |KEY_VARIABLE and |continues where needed"


class EndpointError(ValueError):
    """An endpoint that cannot be read; its text is for the operator, and names no key."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server; ``continues`` where it goes on from the beginning of an answer."""

    name: str
    base_url: str
    key: str = field(default="", repr=False)
    continues: bool = False


def read(
    words: Sequence[str], environment: Mapping[str, str], taken: Sequence[str]
) -> dict[str, Endpoint]:
    """The endpoints by name; ``taken`` are names that mean something else.

    A key is never part of the list: it stands in a variable of its own. Raises EndpointError.
    """
    found: dict[str, Endpoint] = {}
    for word in words:
        endpoint = _parse(word, environment)
        if endpoint.name in taken:
            raise EndpointError(f"CHAT_ENDPOINTS: {endpoint.name!r} is a provider's name already")
        if endpoint.name in found:
            raise EndpointError(f"CHAT_ENDPOINTS: {endpoint.name!r} stands there twice")
        found[endpoint.name] = endpoint
    return found


def _parse(word: str, environment: Mapping[str, str]) -> Endpoint:
    name, separator, rest = word.partition("=")
    name = name.strip()
    if not separator or not NAME.fullmatch(name):
        # Not the whole word: who got the form wrong may have put a key into it.
        raise EndpointError(f"CHAT_ENDPOINTS: {name[:32]!r} is not of the form {FORM}")
    address, *options = (part.strip() for part in rest.split("|"))
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username or parts.query or parts.fragment:
        raise EndpointError(
            f"CHAT_ENDPOINTS: the address of {name!r} must be http(s)://host[:port]/…"
        )
    key = ""
    continues = False
    for option in options:
        if option == CONTINUES:
            continues = True
        elif not VARIABLE.fullmatch(option):
            raise EndpointError(
                f"CHAT_ENDPOINTS: {name!r}: after the address stand the name of a variable "
                f"(in capitals) that holds the key, and {CONTINUES!r}"
            )
        elif not (key := environment.get(option, "").strip()):
            raise EndpointError(f"CHAT_ENDPOINTS: {name!r} needs {option}, which is not set")
    return Endpoint(name, address.rstrip("/"), key, continues)
