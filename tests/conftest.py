"""Fixtures of all tests."""

import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from django.conf import settings

from streaming import redis as keys
from tests import environment


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


@pytest.fixture(autouse=True, scope="session")
def _plain_static_files() -> None:
    """Pages in unit tests need no collected files."""
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )


def pytest_sessionfinish() -> None:
    shutil.rmtree(Path(environment.folder), ignore_errors=True)
