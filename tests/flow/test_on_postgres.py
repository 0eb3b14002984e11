"""The whole conversation once more, with PostgreSQL in the place of SQLite."""

from collections.abc import Iterator

import pytest

from tests import postgres
from tests.flow.stack import Stack
from tests.flow.test_conversation import *  # noqa: F403

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two web processes and two workers on one PostgreSQL server."""
    try:
        binaries = postgres.binaries()
    except postgres.PostgresMissing as missing:
        pytest.skip(str(missing))
    assert binaries
    with (
        postgres.running() as address,
        Stack(
            tmp_path_factory.mktemp("postgres"), webs=2, workers=2, database_url=address
        ) as started,
    ):
        assert started.rows("SELECT version()")[0][0].startswith("PostgreSQL")
        yield started
