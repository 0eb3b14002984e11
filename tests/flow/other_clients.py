"""Other people's programs in `tests/clients`, which `scripts/test_clients` installs."""

import filecmp
import json
import os
import re
import shutil
import subprocess
from typing import Any

from tests.local.processes import BASE_DIR

CLIENTS = BASE_DIR / "tests" / "clients"
NODE_MIN = 18
RUN_SECONDS = 60


class ClientMissing(Exception):
    """It is not installed on this machine; its text says what to do."""


def openai_for_node(*words: str) -> list[str]:
    """A command that runs OpenAI's client. Raises ClientMissing."""
    node = shutil.which("node")
    if node is None or _major(node) < NODE_MIN:
        raise ClientMissing(f"no Node.js {NODE_MIN} or newer found")
    _check_installed("package-lock.json", "node_modules")
    return [node, str(CLIENTS / "ask_openai.mjs"), *words]


def litellm(*words: str) -> list[str]:
    """A command that runs LiteLLM. Raises ClientMissing."""
    _check_installed("requirements.txt", ".venv")
    return [str(CLIENTS / ".venv/bin/python"), str(CLIENTS / "ask_litellm.py"), *words]


def _major(node: str) -> int:
    printed = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)", printed)
    return int(found[1]) if found else 0


def _check_installed(listed: str, folder: str) -> None:
    stamp = CLIENTS / folder / "installed"
    if not stamp.exists() or not filecmp.cmp(CLIENTS / listed, stamp, shallow=False):
        raise ClientMissing(
            f"what tests/clients/{listed} names is not installed: scripts/test_clients"
        )


def begin(command: list[str], **environment: str) -> "subprocess.Popen[str]":
    """The program, with nothing of the developer's own settings. Its input stays open."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.Popen(
        command,
        env=kept | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def printed(command: list[str], **environment: str) -> list[Any]:
    """The lines that it prints until its end, which has to be a good one."""
    with begin(command, **environment) as program:
        try:
            output, _ = program.communicate(timeout=RUN_SECONDS)
        finally:
            program.kill()
    assert program.returncode == 0, output
    # Not `splitlines`: it would end lines at U+2028, too, which JSON may hold as it is.
    return [json.loads(line) for line in output.split("\n") if line]
