"""The tests of what the databases do in different ways, once more, on a PostgreSQL server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.postgres
def test_searches_lists_and_locks_on_postgres() -> None:
    try:
        postgres.binaries()
    except postgres.PostgresMissing as missing:
        pytest.skip(str(missing))
    with postgres.running() as address:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"),
                "tests/chat/test_search.py",
                "tests/chat/test_admin_lists.py",
                "tests/chat/test_conversations.py",
                "tests/chat/test_conversation_list.py",
                "tests/chat/test_sharing.py",
                "tests/chat/test_locks.py",
            ],
            cwd=ROOT,
            env={**os.environ, "TEST_DATABASE_URL": address},
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout
