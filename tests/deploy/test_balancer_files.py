"""The load balancers' files: accepted by the programs, and patient for long enough."""

import re
import subprocess
from pathlib import Path

import pytest

from streaming.management.commands import run_web
from tests.flow import balancers
from tests.flow.balancers import DEPLOY, BalancerMissing, Upstream
from tests.local.processes import BASE_DIR

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


class Nobody:
    """A web process that is never asked."""

    port = 9


WEBS: list[Upstream] = [Nobody(), Nobody()]


def checked(name: str, *options: str) -> None:
    try:
        program = balancers.executable(name)
    except BalancerMissing as missing:
        pytest.skip(str(missing))
    said = subprocess.run([program, *options], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "[warn]" not in said.stderr
    assert "[WARNING]" not in said.stderr


def test_nginx_accepts_its_files(tmp_path: Path) -> None:
    options = balancers.nginx_options(WEBS, tmp_path / "nginx", {8080: None})
    checked("nginx", "-t", *options, "-g", "pid nginx.pid;")


def test_haproxy_accepts_its_file(tmp_path: Path) -> None:
    checked("haproxy", "-c", "-f", str(balancers.haproxy_file(WEBS, tmp_path / "h", {8080: None})))


def seconds(pattern: str, file: str, section: str = "") -> float:
    """A time that a file names, after the beginning of this section."""
    text = (DEPLOY / file).read_text()
    found = re.search(rf"{pattern}\s+(\d+)(ms|s|m|h)\b", text[text.index(section) :])
    assert found, f"no {pattern} in {file}"
    return int(found[1]) * UNITS[found[2]]


def ping_seconds() -> float:
    found = re.search(r"ping_interval=(\d+)", Path(run_web.__file__).read_text())
    assert found
    return float(found[1])


def milliseconds(name: str, file: str) -> float:
    found = re.search(rf"{name} = ([\d_]+);", (BASE_DIR / "static/js" / file).read_text())
    assert found, name
    return float(found[1])


def test_a_silent_socket_outlives_several_pings() -> None:
    for patience in (
        seconds("proxy_read_timeout", "nginx.conf", "location /ws/"),
        seconds("proxy_send_timeout", "nginx.conf", "location /ws/"),
        seconds("timeout tunnel", "haproxy.cfg"),
    ):
        assert patience > 3 * ping_seconds()


def test_the_browser_notices_a_dead_socket_before_the_balancer_does() -> None:
    notices = sum(milliseconds(name, "watchdog.js") for name in ("SILENCE_MS", "ANSWER_MS")) / 1000
    assert ping_seconds() < notices
    assert notices < seconds("proxy_read_timeout", "nginx.conf", "location /ws/")
    assert notices < seconds("timeout tunnel", "haproxy.cfg")


def test_both_wait_equally_long_for_a_whole_reply() -> None:
    patience = seconds("proxy_read_timeout", "nginx.conf", "proxy_connect_timeout")
    assert patience >= 600
    assert seconds("timeout server", "haproxy.cfg") == patience
    assert seconds("timeout client", "haproxy.cfg") == patience


def test_every_file_that_nginx_includes_is_shipped() -> None:
    included = re.findall(r"include rivulet/(\S+);", (DEPLOY / "nginx.conf").read_text())
    assert included
    for name in included:
        assert (DEPLOY / "nginx" / name).is_file()


def test_nobody_is_bound_to_one_web_process() -> None:
    for file in ("nginx.conf", "nginx/webs.conf", "nginx/webs-compose.conf", "haproxy.cfg"):
        text = (DEPLOY / file).read_text()
        directives = [line for line in text.splitlines() if not line.strip().startswith("#")]
        assert not re.search(
            r"ip_hash|sticky|\bhash\b|balance source|cookie|stick", str(directives)
        )
