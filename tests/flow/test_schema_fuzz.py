"""Schemathesis asks a real web process whatever the description allows, and what it does not.

It finds no 500, no status, media type or shape that is not described, and nothing that is
described as wrong and taken all the same.
"""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.flow.api import Program
from tests.flow.keys import key_of
from tests.flow.people import Person

SECONDS = 12
UNASKED = "positive_data_acceptance"
OURS = (
    *("--include-path-regex", "^/api/v1/"),
    # Values of the right type may still name nothing that there is: a model, a page of a list.
    *("--exclude-checks", UNASKED),
)
# Other vendors' doors take what their clients send: more than is described.
COMPATIBLE = (
    # Nothing here leads from one to another.
    *("--phases", "examples,coverage,fuzzing"),
    *("--include-path-regex", "^/v1/", "--checks"),
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
)


def fuzzed(person: Person, headers: Mapping[str, str], folder: Path, *what: str) -> str:
    """What schemathesis has to complain of; empty where it has nothing."""
    web = person.stack.webs[0]
    # Next to Python, whatever the PATH is.
    program = str(Path(sys.executable).parent / "schemathesis")
    given = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    ran = subprocess.run(
        [
            *(program, "run", f"{web.url}/api/v1/openapi.json", "--no-color", *given),
            *("--max-time", str(SECONDS), "--max-examples", "15", "--request-timeout", "20"),
            *("--seed", "1", "--generation-database", "none", "--continue-on-failure"),
            *("--no-shrink", "--warnings", "off", *what),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
    )
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


@pytest.mark.parametrize("what", [OURS, COMPATIBLE], ids=["ours", "compatible"])
@pytest.mark.parametrize("sign_in", ["session", "key"])
def test_nothing_is_answered_that_is_not_described(
    person: Person, tmp_path: Path, sign_in: str, what: tuple[str, ...]
) -> None:
    headers = (
        Program(person).headers
        if sign_in == "session"
        else {"Authorization": f"Bearer {key_of(person)}"}
    )
    # A session goes with every request, beside whatever key is tried: it may be let in by that.
    if sign_in == "session":
        what = tuple(f"{word},ignored_auth" if word == UNASKED else word for word in what)
    problems = fuzzed(person, headers, tmp_path, *what)
    print(problems)
    assert not problems
