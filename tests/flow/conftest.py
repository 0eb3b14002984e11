"""Programs that call the HTTP doors."""

from collections.abc import Iterator

import pytest

from tests.flow.api import Program
from tests.flow.people import Person
from tests.flow.stack import Stack


@pytest.fixture
def program(person: Person, stack: Stack) -> Iterator[Program]:
    """Somebody's; nothing may come of what it sends."""
    before = stack.rows("SELECT count(*) FROM chat_message")
    yield Program(person)
    assert stack.rows("SELECT count(*) FROM chat_message") == before
