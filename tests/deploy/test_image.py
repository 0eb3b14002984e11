"""The Dockerfile: small, not root, and complete without what only one machine needs."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.local.processes import BASE_DIR
from tests.test_house import imports_of

TEXT = (BASE_DIR / "Dockerfile").read_text()


def instructions(name: str, text: str = TEXT) -> list[Any]:
    """The arguments of every such instruction, JSON decoded."""
    joined = re.sub(r"\\\n\s*", " ", text)
    found = re.findall(rf"^{name} +(.*)$", joined, re.M)
    return [json.loads(words) if words.startswith("[") else words for words in found]


def final_stage() -> str:
    return TEXT[TEXT.rindex("\nFROM ") :]


def test_it_runs_as_nobody_in_particular_and_owns_nothing() -> None:
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", instructions("USER", final_stage())[-1])
    assert "--chown" not in TEXT


def test_it_is_told_to_stop_with_the_signal_that_drains() -> None:
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    # A shell in between would keep the signal to itself.
    assert isinstance(instructions("CMD")[-1], list)


def test_its_health_check_is_a_program_that_asks_whether_it_is_ready() -> None:
    check = instructions("HEALTHCHECK")[0]
    python, option, program = json.loads(check[check.index("[") :])
    assert (python, option) == ("python", "-c")
    ast.parse(program)
    port = instructions("CMD")[-1][-1]
    assert f"http://127.0.0.1:{port}/readyz" in program
    assert instructions("EXPOSE") == [port]


def test_it_has_what_the_program_is_made_of_and_no_secrets() -> None:
    sent = (BASE_DIR / ".dockerignore").read_text().splitlines()
    assert sent[1] == "*"
    allowed = {line.removeprefix("!") for line in sent if line.startswith("!")}
    for name in allowed:
        assert (BASE_DIR / name).exists(), name
    ours = {path.name for path in BASE_DIR.iterdir() if list(path.glob("*.py"))}
    needed = {
        module.split(".")[0]
        for folder in ("config", "chat", "streaming")
        for _, module in imports_of(folder)
    }
    assert needed & ours <= allowed
    assert not allowed & {".env", "var", ".git", "tests"}


def left_out() -> list[str]:
    found = re.search(r"grep -vE '\^\(([^)]+)\)==' requirements\.txt", TEXT)
    assert found
    return found[1].split("|")


def test_what_is_left_out_is_in_the_requirements() -> None:
    requirements = (BASE_DIR / "requirements.txt").read_text()
    for package in left_out():
        assert re.search(rf"^{package}==", requirements, re.M), package


def test_web_and_worker_need_nothing_that_is_left_out() -> None:
    modules = [package.replace("-", "_") for package in left_out()]
    program = (
        f"import sys; sys.modules |= dict.fromkeys({modules});"
        "import config.asgi, streaming.doors.server, streaming.generation.worker"
    )
    subprocess.run([sys.executable, "-c", program], cwd=BASE_DIR, env=os.environ, check=True)


def test_the_linter_has_nothing_to_say() -> None:
    program = shutil.which("hadolint")
    if program is None:
        pytest.skip("no hadolint found")
    subprocess.run([program, str(BASE_DIR / "Dockerfile")], check=True)
