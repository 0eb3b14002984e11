"""`docs/running.md` says what the code says."""

import re

import pytest
from django.core.management import get_commands

from tests.local.processes import BASE_DIR
from tests.local.test_env_example import listed

PAGE = (BASE_DIR / "docs/running.md").read_text()


def test_the_defaults_in_its_table_are_the_defaults() -> None:
    rows = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \| ([\d, ]+) \|", PAGE, re.M)
    assert len(rows) >= 5
    for names, numbers in rows:
        for name, number in zip(
            re.findall(r"`([A-Z_]+)`", names), numbers.split(", "), strict=True
        ):
            assert listed()[name] == number.strip()


@pytest.mark.parametrize(
    "file", sorted(set(re.findall(r"\b(?:deploy|tests|config)/[\w./]*", PAGE)))
)
def test_every_file_it_names_is_there(file: str) -> None:
    assert (BASE_DIR / file).exists()


def test_every_command_it_names_exists() -> None:
    commands = set(re.findall(r"(?:manage\.py|\bmanage) (\w+)", PAGE))
    assert commands
    assert commands <= set(get_commands())


def test_every_log_line_it_explains_is_one() -> None:
    sources = "".join(path.read_text() for path in (BASE_DIR / "streaming").rglob("*.py"))
    table = PAGE[PAGE.index("| line | means |") :]
    lines = re.findall(r"^\| `([^`]+)` \|", table, re.M)
    assert lines
    for line in lines:
        for part in re.split(r"…|\bN\b", line):
            assert part in sources, line
