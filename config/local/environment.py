"""What the children are told through their environment, where nobody has said it before."""

import os
import socket
from collections.abc import Callable

from config.env import embedded_redis_url, kept_secret, words
from config.local import checks, model

_LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"]


def is_given(name: str) -> bool:
    """Whether the environment or `.env` has it."""
    return bool(os.environ.get(name, "").strip())


def complete(host: str) -> None:
    """Add to `os.environ` what the settings need and a first start does not have."""
    defaults: dict[str, Callable[[], str]] = {
        "SECRET_KEY": lambda: kept_secret("secret_key"),
        "REDIS_URL": embedded_redis_url,
        "CHAT_LOCAL_MODEL_URL": lambda: f"http://{model.HOST}:{model.free_port()}/v1",
    }
    for name, value in defaults.items():
        if not is_given(name):
            os.environ[name] = value()
    os.environ["ALLOWED_HOSTS"] = ",".join(allowed_hosts(host, words("ALLOWED_HOSTS")))
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"


def allowed_hosts(host: str, given: list[str]) -> list[str]:
    """`ALLOWED_HOSTS`, with the names under which this machine is reached at `host`."""
    if host not in checks.EVERY_ADDRESS:
        own = [f"[{host}]" if ":" in host else host]
    elif given:
        own = ["localhost"]
    else:
        own = _names_of_this_machine()
    return list(dict.fromkeys([*(given or _LOOPBACK_NAMES), *own]))


def _names_of_this_machine() -> list[str]:
    name = socket.gethostname()
    try:
        addresses = [str(found[4][0]) for found in socket.getaddrinfo(name, None)]
    except OSError:
        addresses = []
    bracketed = [f"[{address}]" if ":" in address else address for address in addresses]
    return [name, f"{name}.local", *bracketed]
