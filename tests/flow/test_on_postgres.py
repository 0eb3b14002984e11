"""The whole conversation once more, with PostgreSQL in the place of SQLite."""

from collections.abc import Iterator

import pytest

from tests import postgres
from tests.flow.stack import Stack
from tests.flow.test_continuing import (  # noqa: F401
    test_where_the_provider_does_not_continue_it_is_told_to,
)
from tests.flow.test_conversation import *  # noqa: F403
from tests.flow.test_failed_replies import *  # noqa: F403
from tests.flow.test_versions import (  # noqa: F401
    test_a_chosen_version_is_shown_with_what_follows_it_everywhere,
    test_a_regenerated_reply_is_another_version_and_other_tabs_follow,
    test_an_edited_question_is_another_branch,
    test_the_same_wish_sent_twice_makes_one_version,
    test_while_an_answer_is_written_nothing_above_it_is_exchanged,
)

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
