"""The supervisor lives and dies with its children, and leaves none behind."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.local.processes import SUPERVISED, Running, all_gone, marked, python, until

Launch = Callable[..., Running]


def supervised(launch: Launch, *kinds: str, up: str = "first second third") -> Running:
    running = launch(*python("-m", SUPERVISED, *kinds))
    for name in up.split():
        running.wait_for(f"{name} is up")
    running.wait_for("are started")
    return running


def child(running: Running, name: str) -> psutil.Process:
    children = psutil.Process(running.process.pid).children()
    return next(found for found in children if f"{name} is up" in " ".join(found.cmdline()))


def test_one_dies_and_the_rest_stops_with_a_message(launch: Launch, var: Path) -> None:
    running = supervised(launch, "obedient", "obedient", "obedient")
    child(running, "second").kill()
    assert running.status() == 1
    assert "second ended by itself (killed by SIGKILL); the rest is stopped." in running.printed
    all_gone(var)


def test_sigterm_stops_in_the_reverse_order_of_the_start(launch: Launch, var: Path) -> None:
    running = supervised(launch, "late", "late", "late")
    running.process.terminate()
    assert running.status() == 0
    goodbyes = [line for line in running.printed.splitlines() if "goodbye" in line]
    assert [line.split()[0] for line in goodbyes] == ["third", "second", "first"]
    all_gone(var)


def test_ctrl_c_reaches_the_children_through_the_supervisor_only(launch: Launch, var: Path) -> None:
    running = supervised(launch, "late", "late", "late")
    os.killpg(running.process.pid, signal.SIGINT)
    assert running.status() == 0
    assert "KeyboardInterrupt" not in running.printed
    assert running.printed.count("goodbye") == 3
    all_gone(var)


def test_second_signal_does_not_wait_for_a_stubborn_child(launch: Launch, var: Path) -> None:
    running = supervised(launch, "obedient", "obedient", "stubborn")
    running.process.terminate()
    running.wait_for("at once")

    def ended() -> bool:
        running.process.terminate()
        return running.process.poll() is not None

    until(ended)
    assert running.status() == 0
    all_gone(var)


def test_a_signal_that_comes_twice_is_one(launch: Launch, var: Path) -> None:
    running = supervised(launch, "late", "late", "late")
    running.process.terminate()
    running.process.terminate()
    assert running.status() == 0
    assert running.printed.count("goodbye") == 3
    all_gone(var)


def test_failure_gives_a_stubborn_child_little_grace(launch: Launch, var: Path) -> None:
    running = supervised(launch, "obedient", "obedient", "stubborn")
    child(running, "first").terminate()
    assert running.status(seconds=40) == 1
    all_gone(var)


def test_what_a_child_has_started_is_ended_with_it(launch: Launch, var: Path) -> None:
    running = supervised(launch, "with-child", "obedient", "obedient")
    until(lambda: len(marked(var)) == 5)
    running.process.terminate()
    assert running.status() == 0
    all_gone(var)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux'")
def test_a_killed_supervisor_leaves_nothing_behind(launch: Launch, var: Path) -> None:
    running = supervised(launch, "obedient", "obedient", "stubborn")
    running.process.kill()
    all_gone(var)


def test_a_command_that_does_not_exist_fails_the_start(launch: Launch, var: Path) -> None:
    running = launch(*python("-m", SUPERVISED, "obedient", "missing", "obedient"))
    assert running.status() == 1
    assert "second cannot be started" in running.printed
    all_gone(var)


def test_a_very_long_line_is_forwarded_and_the_next_one_too(launch: Launch) -> None:
    running = supervised(launch, "long-line", "obedient", "obedient")
    running.wait_for("first     | after the long line")
    assert running.printed.count("x") >= 200_000
