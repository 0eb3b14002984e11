"""What can be known before anything is started. Standard library only: it runs before the
packages are installed."""

import errno
import fcntl
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import IO

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = "8000"
EVERY_ADDRESS = {"0.0.0.0", "::"}


class Refused(Exception):
    """The start makes no sense; its text is one sentence for the person at the terminal."""


def address(environ: Mapping[str, str]) -> tuple[str, int]:
    """`HOST` and `PORT`. Raises Refused."""
    host = environ.get("HOST", "").strip().strip("[]") or DEFAULT_HOST
    text = environ.get("PORT", "").strip() or DEFAULT_PORT
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise Refused(f"PORT must be a whole number from 1 to 65535, not {text!r}.")
    return host, int(text)


def url(host: str, port: int) -> str:
    """What a person on this machine opens."""
    if host in EVERY_ADDRESS:
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def port_is_free(host: str, port: int) -> None:
    """Raises Refused where nobody could listen on this address."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise Refused(f"HOST={host} is not an address of this machine.") from None
    for family, kind, protocol, _, where in found:
        with socket.socket(family, kind, protocol) as probe:
            # As the web server does: connections that linger from the last run do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(where)
            except OSError as error:
                raise Refused(_cannot_listen(host, port, error)) from None


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use by another program: stop it, "
            f"or choose another port with `make run PORT={port + 1 if port < 65535 else 8000}`."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than you have: choose one above 1023."
    return f"Cannot listen on {host}, port {port}: {error.strerror}."


def usable(folder: Path) -> None:
    """Make the folder if needed. Raises Refused where it, or what is in it, is not ours."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder, *folder.iterdir()]
    except OSError as error:
        raise Refused(f"Cannot use {folder}: {error.strerror}.") from None
    for path in paths:
        if not os.access(path, os.R_OK | os.W_OK) and not path.is_socket():
            raise Refused(
                f"Cannot read and write {path}: give it to the user who runs this, "
                "or name another folder in VAR_DIR."
            )


def lock(folder: Path, address: str) -> IO[str]:
    """Hold the folder for this process until the file is closed. Raises Refused."""
    file = (folder / "run.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        other = file.read().strip() or "another process"
        file.close()
        raise Refused(f"Rivulet already runs from {folder} ({other}): stop that first.") from None
    file.truncate(0)
    file.write(f"process {os.getpid()}, {address}")
    file.flush()
    return file
