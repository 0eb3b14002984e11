"""Fixtures of all tests."""

import shutil
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from asgiref.sync import SyncToAsync
from django.conf import settings

from streaming import redis as keys
from streaming.doors.threads import AT_ONCE, Threads, shared
from tests import environment
from tests.flow.people import Person
from tests.flow.stack import Stack


@pytest.fixture(scope="session")
def valkey() -> Iterator[None]:
    """The real server, at the address that the settings name."""
    from config.local import valkey

    socket = settings.REDIS_URL.removeprefix("unix://")
    process = subprocess.Popen(
        [valkey.executable(), "--port", "0", "--unixsocket", socket, "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    client = redis.Redis.from_url(settings.REDIS_URL)
    deadline = time.monotonic() + 10
    while True:
        with suppress(redis.RedisError):
            client.ping()
            break
        assert time.monotonic() < deadline, "Valkey did not start"
        time.sleep(0.02)
    client.close()
    yield
    process.terminate()
    process.wait(10)


@pytest.fixture
async def redis_client(valkey: None) -> AsyncIterator["keys.Redis"]:
    """The project's own client, closed after the test."""
    yield keys.client()
    await keys.close()


@pytest.fixture(autouse=True)
def _threads_of_its_own() -> Iterator[None]:
    """A connection to the database that is open in one is this test's."""
    with Threads(AT_ONCE) as own:
        SyncToAsync.context_to_thread_executor[shared] = own
        yield


@pytest.fixture(autouse=True, scope="session")
def _plain_static_files() -> None:
    """Pages in unit tests need no collected files."""
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )


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


def pytest_sessionfinish() -> None:
    shutil.rmtree(Path(environment.folder), ignore_errors=True)
