"""`make run`, from the first line to the last process, with everything real."""

import http.client
import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.local.processes import Running, all_gone, free_port, marked, python, until

Launch = Callable[..., Running]

READY = "Ctrl-C stops everything."
PARTS = {
    "web": "run_web",
    "worker": "run_worker",
    "model": "config.local.model",
    "valkey": "valkey-server",
}


@pytest.fixture
def start(launch: Launch) -> Callable[..., Running]:
    """Start everything; returns when its address has been printed."""

    def run(**environment: str) -> Running:
        environment.setdefault("PORT", str(free_port()))
        running = launch(*python("-m", "config.local"), **environment)
        running.wait_for(READY)
        return running

    return run


def url(running: Running) -> str:
    found = re.search(r"Rivulet +(http://\S+/)", running.printed)
    assert found, running.printed
    return found[1]


def get(address: str) -> int:
    host, port = address.split("/")[2].rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    try:
        connection.request("GET", "/" + address.split("/", 3)[3])
        return connection.getresponse().status
    finally:
        connection.close()


def part(running: Running, name: str) -> psutil.Process:
    children = psutil.Process(running.process.pid).children()
    return next(
        child
        for child in children
        if PARTS[name] in " ".join(child.cmdline()) or PARTS[name] in child.name()
    )


def refusal(running: Running) -> str:
    """The one line a refused start prints."""
    assert running.status() == 2, running.printed
    (line,) = running.printed.splitlines()
    return line


def test_it_serves_and_stops_and_the_second_start_still_has_everything(
    start: Launch, var: Path
) -> None:
    first = start()
    assert get(url(first) + "readyz") == 200
    assert len(marked(var)) >= 1 + len(PARTS)
    assert "migrations applied" in first.printed
    first.process.terminate()
    assert first.status(seconds=60) == 0
    all_gone(var)

    with sqlite3.connect(var / "db.sqlite3") as database:
        assert database.execute("SELECT username FROM chat_user").fetchall() == [("admin",)]

    second = start()
    assert "database  up to date" in second.printed
    assert "files up to date" in second.printed
    assert get(url(second) + "readyz") == 200
    os.killpg(second.process.pid, signal.SIGINT)
    assert second.status(seconds=60) == 0
    all_gone(var)


@pytest.mark.parametrize("name", PARTS)
def test_when_one_dies_the_rest_stops_and_it_is_named(start: Launch, var: Path, name: str) -> None:
    running = start()
    part(running, name).kill()
    assert running.status(seconds=90) == 1
    assert f"{name} ended by itself (killed by SIGKILL); the rest is stopped." in running.printed
    all_gone(var)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux'")
def test_a_killed_supervisor_leaves_no_process_and_the_next_start_works(
    start: Launch, var: Path
) -> None:
    first = start()
    first.process.kill()
    all_gone(var)
    second = start()
    assert get(url(second) + "readyz") == 200
    second.process.terminate()
    assert second.status(seconds=60) == 0


def test_without_the_local_model_none_is_started(start: Launch, var: Path) -> None:
    running = start(OPENAI_BASE_URL="http://127.0.0.1:9/v1", CHAT_CLOUD_MODELS="openai:any")
    assert "llama.cpp" not in running.printed
    assert not any("config.local.model" in " ".join(found.cmdline()) for found in marked(var))


def test_the_secrets_are_for_their_owner_only(start: Launch, var: Path) -> None:
    running = start()
    assert [(var / name).stat().st_mode & 0o777 for name in ("secret_key", "admin_password")] == [
        0o600,
        0o600,
    ]
    # The output of a start may end up in a log: the password is shown on terminals only.
    assert (var / "admin_password").read_text() not in running.printed


def test_a_second_start_in_the_same_folder_is_refused(start: Launch, launch: Launch) -> None:
    first = start()
    second = launch(*python("-m", "config.local"), PORT=str(free_port()))
    assert "already runs" in refusal(second)
    assert get(url(first) + "readyz") == 200


def test_a_port_in_use_is_refused_before_anything_is_started(launch: Launch, var: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        running = launch(*python("-m", "config.local"), PORT=str(other.getsockname()[1]))
        assert "is in use by another program" in refusal(running)
    assert not (var / "valkey").exists()


def test_a_wrong_port_is_refused(launch: Launch) -> None:
    running = launch(*python("-m", "config.local"), PORT="http")
    assert refusal(running) == ("rivulet: PORT must be a whole number from 1 to 65535, not 'http'.")


def test_a_state_folder_that_cannot_be_used_is_refused(launch: Launch, var: Path) -> None:
    var.touch()
    running = launch(*python("-m", "config.local"), PORT=str(free_port()))
    assert f"Cannot use {var}" in refusal(running)


def test_a_wrong_setting_is_refused_before_anything_is_started(launch: Launch, var: Path) -> None:
    running = launch(*python("-m", "config.local"), PORT=str(free_port()), CHAT_CLOUD_MODELS="gpt")
    assert "CHAT_CLOUD_MODELS" in refusal(running)
    assert not marked(var)


def test_a_database_that_cannot_be_reached_is_one_sentence(launch: Launch, var: Path) -> None:
    running = launch(
        *python("-m", "config.local"),
        PORT=str(free_port()),
        DATABASE_URL="sqlite:////nowhere/db.sqlite3",
    )
    assert running.status(seconds=60) == 1
    assert "The database cannot be used: unable to open database file." in running.printed
    assert "Traceback" not in running.printed
    all_gone(var)


@pytest.mark.parametrize(
    ("end", "sign"),
    [
        (os.kill, signal.SIGTERM),
        (os.killpg, signal.SIGTERM),
        (os.killpg, signal.SIGINT),
        pytest.param(
            os.kill,
            signal.SIGKILL,
            marks=pytest.mark.skipif(sys.platform != "linux", reason="needs Linux' prctl"),
        ),
    ],
)
def test_however_make_ends_everything_ends_in_order(
    launch: Launch, var: Path, end: Callable[[int, int], None], sign: signal.Signals
) -> None:
    running = launch("make", "run", PORT=str(free_port()))
    running.wait_for(READY, seconds=110)
    end(running.process.pid, sign)
    running.status(seconds=60)
    until(lambda: "everything is stopped" in running.printed)
    all_gone(var)
