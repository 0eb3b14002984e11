"""Fixtures of the tests with real processes."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.local.processes import Running, clean_environment, marked


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    """A state folder of its own; what was started with it is ended after the test."""
    folder = tmp_path / "var"
    yield folder
    for process in marked(folder):
        with suppress(psutil.Error):
            process.kill()


@pytest.fixture
def launch(var: Path, tmp_path: Path) -> Callable[..., Running]:
    """Start a process with that state folder."""
    launched: list[Running] = []

    def start(*command: str, **environment: str) -> Running:
        log = tmp_path / f"printed-{len(launched)}.log"
        launched.append(Running(list(command), clean_environment(var, **environment), log))
        return launched[-1]

    return start
