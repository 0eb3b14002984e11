"""The clients that `scripts/test_clients` installs: what is listed, what it says without them."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = ROOT / "tests/clients"
# All that the script itself needs.
TOOLS = ("bash", "sh", "dirname", "cmp", "tail", "head")


def pinned(path: Path) -> dict[str, str]:
    """The versions that a requirements file names exactly."""
    return dict(re.findall(r"^([\w-]+)(?:\[\w+\])?==(\S+)$", path.read_text(), re.M))


def test_the_lock_has_what_is_asked_for_and_a_digest_of_it() -> None:
    asked = json.loads((CLIENTS / "package.json").read_text())["dependencies"]
    locked = json.loads((CLIENTS / "package-lock.json").read_text())["packages"]
    assert locked.pop("")["dependencies"] == asked
    assert {name: locked[f"node_modules/{name}"]["version"] for name in asked} == asked
    for package in locked.values():
        assert package["integrity"].startswith("sha512-")
        # Each machine asks its own registry.
        assert "resolved" not in package


def test_the_documentation_names_the_versions_that_are_tried() -> None:
    told = (ROOT / "docs/compatible-apis.md").read_text()
    own = pinned(ROOT / "requirements.txt")
    node = json.loads((CLIENTS / "package.json").read_text())["dependencies"]
    versions = [own["openai"], own["anthropic"], node["openai"]]
    for version in [*versions, pinned(CLIENTS / "requirements.txt")["litellm"]]:
        assert f"| {version} |" in told


def test_what_cannot_be_installed_is_named_and_nothing_fails(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    lists = shutil.ignore_patterns(".venv", "node_modules")
    shutil.copytree(CLIENTS, tmp_path / "tests/clients", ignore=lists)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        tool = shutil.which(name)
        assert tool, name
        (tools / name).symlink_to(tool)
    run = subprocess.run(
        [tmp_path / "scripts/test_clients"],
        env={"PATH": os.fspath(tools)},
        capture_output=True,
        text=True,
    )
    node, began, litellm = run.stdout.splitlines()
    assert (run.returncode, run.stderr) == (0, "")
    assert node.endswith("is not installed: its tests will be skipped (no node here)")
    assert began == "installing LiteLLM with pip"
    assert litellm.startswith("LiteLLM is not installed: its tests will be skipped (")
    assert "Python 3.11" in litellm
