"""One stack for most flow tests, and one of its own for those that break things."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flow.people import Person
from tests.flow.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two web processes and two workers, shared; a test leaves them as they were."""
    with Stack(tmp_path_factory.mktemp("stack"), webs=2, workers=2) as started:
        yield started


@pytest.fixture
def own_stack(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Makes a stack that this test may break."""
    made: list[Stack] = []

    def start(**options: object) -> Stack:
        made.append(Stack(tmp_path / f"stack{len(made)}", **options).__enter__())  # type: ignore[arg-type]
        return made[-1]

    yield start
    for one in made:
        one.__exit__()


@pytest.fixture
def person(stack: Stack) -> Person:
    return Person(stack, f"person-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def other(stack: Stack) -> Person:
    return Person(stack, f"other-{uuid.uuid4().hex[:8]}")
