"""The rules of the house: who may import whom, and which lists must agree."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streaming import chunks, errors

ROOT = Path(__file__).resolve().parent.parent


def imports_of(folder: str) -> Iterator[tuple[Path, str]]:
    """Every module that a file below this folder imports."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield path, node.module
                yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


def importers(folder: str, package: str) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path, module in imports_of(folder)
        if module == package or module.startswith(f"{package}.")
    }


@pytest.mark.parametrize("package", ["streaming", "channels", "redis", "docket", "anthropic"])
def test_chat_knows_nothing_of_streams_sockets_or_providers(package: str) -> None:
    assert importers("chat", package) == set()


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("anthropic", {"streaming/providers/anthropic.py"}),
        ("openai", {"streaming/providers/openai.py"}),
        ("genai_prices", {"streaming/providers/prices.py"}),
        ("redis.asyncio", {"streaming/redis.py"}),
        (
            "daphne",
            {
                "streaming/doors/receiving.py",
                "streaming/doors/server.py",
                "streaming/management/commands/run_web.py",
            },
        ),
    ],
)
def test_a_vendors_name_stays_behind_its_border(package: str, allowed: set[str]) -> None:
    assert importers("streaming", package) == allowed


def test_the_web_process_loads_no_providers_sdk() -> None:
    program = (
        "import sys, config.asgi;"
        "print([name for name in ('anthropic', 'openai') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=os.environ, capture_output=True, text=True
    )
    assert printed.stdout.strip() == "[]", printed.stderr


def test_the_flow_goes_one_way() -> None:
    stages = ["delivery", "intake", "generation", "doors"]
    allowed = {
        "delivery": set(),
        "intake": {"delivery"},
        "generation": {"delivery", "intake"},
        "doors": {"delivery", "intake"},
    }
    for stage in stages:
        for other in stages:
            if other == stage or other in allowed[stage]:
                continue
            assert importers(f"streaming/{stage}", f"streaming.{other}") == set(), (stage, other)


def javascript_list(name: str) -> list[str]:
    source = (ROOT / "static/js/protocol.js").read_text()
    found = re.search(rf"export const {name} = (\[[^\]]*\])", source)
    assert found, name
    listed: list[str] = json.loads(re.sub(r",\s*\]", "]", found[1]))
    return listed


def test_browser_and_server_have_one_vocabulary_of_chunks() -> None:
    assert javascript_list("CHUNK_TYPES") == list(chunks.CHUNK_TYPES)


def test_the_browser_knows_every_error_code() -> None:
    def tree(error: type[errors.ChatError]) -> Iterator[str]:
        if "code" in vars(error):
            yield error.code
        for child in error.__subclasses__():
            yield from tree(child)

    assert set(tree(errors.ChatError)) <= set(javascript_list("ERROR_CODES"))


def test_every_vendored_library_is_listed_with_its_licence() -> None:
    listed = (ROOT / "static/vendor/README.md").read_text()
    folders = [path for path in (ROOT / "static/vendor").iterdir() if path.is_dir()]
    assert folders
    for folder in folders:
        assert folder.name in listed
        assert list(folder.glob("LICENSE*")), folder


def test_no_file_names_a_machine_or_a_registry() -> None:
    names = ["/work" + "/", "pypi" + ".org", "registry" + ".npmjs", "/root" + "/"]
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, tracked):
        path = ROOT / name
        if "vendor" in path.parts or not path.is_file():
            continue
        text = path.read_bytes().decode(errors="ignore")
        assert not [word for word in names if word in text], path
