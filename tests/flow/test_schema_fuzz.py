"""Schemathesis asks a real web process whatever the description allows, and what it does not.

It finds no 500, no status, media type or shape that is not described, and nothing that is
described as wrong and taken all the same.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.flow.api import Program
from tests.flow.people import Person

SECONDS = 40
# Values of the right type may still name nothing that there is: a model, a page of a list.
LEFT_OUT = "positive_data_acceptance"


def fuzzed(person: Person, headers: Mapping[str, str], folder: Path) -> str:
    """What schemathesis has to complain of; empty where it has nothing."""
    web = person.stack.webs[0]
    # Next to Python, whatever the PATH is.
    program = str(Path(sys.executable).parent / "schemathesis")
    given = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    ran = subprocess.run(
        [
            *(program, "run", f"{web.url}/api/v1/openapi.json", "--no-color", *given),
            *("--max-time", str(SECONDS), "--max-examples", "15", "--request-timeout", "20"),
            *("--exclude-checks", LEFT_OUT, "--seed", "1", "--generation-database", "none"),
            *("--continue-on-failure", "--no-shrink", "--warnings", "off"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
    )
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def test_with_a_session_nothing_is_answered_that_is_not_described(
    person: Person, tmp_path: Path
) -> None:
    problems = fuzzed(person, Program(person).headers, tmp_path)
    print(problems)
    assert not problems
