"""The load balancers of `deploy/`, run as they are shipped in front of web processes."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.flow.stack import Web
from tests.local.processes import BASE_DIR, Running, free_port

DEPLOY = BASE_DIR / "deploy"
PARTS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
# Numbered for HAProxy, which gives its servers names.
SERVER = re.compile(r"^( *server )(web-\d )?127\.0\.0\.1:\d+(.*)\n", re.M)

IS_ROOT = os.geteuid() == 0
# Else nginx works as a user of its own, who may not read what root keeps in a test's folder.
_NGINX_USER = "user root root;" if IS_ROOT else ""


class BalancerMissing(Exception):
    """There is no such program on this machine; its text says what to install."""


class Upstream(Protocol):
    """What a balancer sends requests to: a web process, listening on loopback."""

    port: int


class Balancer(Web):
    """One load balancer that runs; it takes a web process' place where people connect."""

    def __init__(self, running: Running, port: int, tls_port: int) -> None:
        super().__init__(running, port)
        # Only with a certificate.
        self.secure_url = f"https://127.0.0.1:{tls_port}"


def executable(name: str) -> str:
    """Where a load balancer is installed. Raises BalancerMissing."""
    # Debian keeps them in a folder that is not on everybody's path.
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")
    if found is None:
        raise BalancerMissing(f"no {name} found: install the package {name}")
    return found


@contextmanager
def nginx(
    webs: Sequence[Upstream], folder: Path, *, certificate: Path | None = None
) -> Iterator[Balancer]:
    """nginx with `deploy/nginx.conf`, in a new folder. Raises BalancerMissing."""
    program, port, tls_port = executable("nginx"), free_port(), free_port()
    options = nginx_options(webs, folder, _ports(port, tls_port, certificate))
    command = [program, *options, "-g", f"daemon off; pid nginx.pid; {_NGINX_USER}"]
    with _answering(command, folder, port, tls_port) as balancer:
        yield balancer


def nginx_options(
    webs: Sequence[Upstream], folder: Path, ports: dict[int, Path | None]
) -> list[str]:
    """Prepare a new folder; gives the options of an nginx that works there.

    The shipped file is used unchanged. The two files that it includes are what every site
    writes itself: here the shipped ones with other addresses.
    """
    included = folder / "rivulet"
    included.mkdir(parents=True)
    shutil.copy(DEPLOY / "nginx.conf", folder)
    (included / "webs.conf").write_text(with_servers(_shipped("nginx/webs.conf"), webs))
    lines = [f"listen 127.0.0.1:{port}{' ssl' if pem else ''};" for port, pem in ports.items()]
    for pem in filter(None, ports.values()):
        lines += [f"ssl_certificate {pem};", f"ssl_certificate_key {pem};"]
    # Distributions compile in folders that only root may write.
    lines += [f"{part}_temp_path {folder}/{part};" for part in PARTS]
    lines += [f"access_log {folder}/access.log;"]
    site = with_line(_shipped("nginx/site.conf"), "listen 80;", lines)
    (included / "site.conf").write_text(site)
    return ["-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]


@contextmanager
def haproxy(
    webs: Sequence[Upstream], folder: Path, *, certificate: Path | None = None
) -> Iterator[Balancer]:
    """HAProxy with `deploy/haproxy.cfg`, in a new folder. Raises BalancerMissing."""
    program, port, tls_port = executable("haproxy"), free_port(), free_port()
    file = haproxy_file(webs, folder, _ports(port, tls_port, certificate))
    # -db: in the foreground.
    with _answering([program, "-db", "-f", str(file)], folder, port, tls_port) as balancer:
        yield balancer


def haproxy_file(webs: Sequence[Upstream], folder: Path, ports: dict[int, Path | None]) -> Path:
    """The shipped file with these web processes and ports, in a new folder."""
    folder.mkdir(parents=True)
    lines = [
        f"    bind 127.0.0.1:{port}{f' ssl crt {pem}' if pem else ''}"
        for port, pem in ports.items()
    ]
    text = with_servers(with_line(_shipped("haproxy.cfg"), "    bind :80", lines), webs)
    if not IS_ROOT:
        # Only root can become somebody else.
        for line in ("    user haproxy", "    group haproxy"):
            text = with_line(text, line, [])
    path = folder / "haproxy.cfg"
    path.write_text(text)
    return path


def _ports(port: int, tls_port: int, certificate: Path | None) -> dict[int, Path | None]:
    return {port: None, tls_port: certificate} if certificate else {port: None}


def _shipped(name: str) -> str:
    return (DEPLOY / name).read_text()


def with_servers(text: str, webs: Sequence[Upstream]) -> str:
    """The file with these web processes in its `server` lines; what else such a line says stays.

    A file may name all of them once more with other words.
    """
    lines = list(SERVER.finditer(text))
    assert lines, "no server lines"
    ends = [line[3] for line in lines]
    assert len({ends.count(end) for end in ends}) == 1, "not every server is named each time"
    start, is_named, _ = lines[0].groups()
    made = [
        f"{start}{f'web-{number} ' if is_named else ''}127.0.0.1:{web.port}{end}\n"
        for end in dict.fromkeys(ends)
        for number, web in enumerate(webs, 1)
    ]
    return text[: lines[0].start()] + "".join(made) + text[lines[-1].end() :]


def with_line(text: str, old: str, new: Sequence[str]) -> str:
    """The file with these lines in the place of one."""
    lines = text.splitlines()
    assert lines.count(old) == 1, f"{old!r} is there {lines.count(old)} times"
    place = lines.index(old)
    return "\n".join([*lines[:place], *new, *lines[place + 1 :], ""])


@contextmanager
def _answering(command: list[str], folder: Path, port: int, tls_port: int) -> Iterator[Balancer]:
    running = Running(command, {"PATH": "/usr/bin:/bin"}, folder / "printed.log")
    try:
        balancer = Balancer(running, port, tls_port)
        balancer.wait_ready()
        yield balancer
    finally:
        running.process.terminate()
        running.status()
