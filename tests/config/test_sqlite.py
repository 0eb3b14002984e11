"""Writers of SQLite take their turns."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from config.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db

Connect = Callable[..., DatabaseWrapper]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    opened: list[DatabaseWrapper] = []

    def connect(seconds: float = 20) -> DatabaseWrapper:
        settings: dict[str, Any] = connections.databases["default"] | {
            "ENGINE": "config.sqlite",
            "NAME": str(tmp_path / "db.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": seconds,
                "init_command": "PRAGMA journal_mode=WAL",
            },
        }
        wrapper = DatabaseWrapper(settings, f"writer {len(opened)}")
        wrapper.inc_thread_sharing()
        opened.append(wrapper)
        return wrapper

    yield connect
    for wrapper in opened:
        wrapper.close()


def count(connection: DatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM written")
        (found,) = cursor.fetchone()
    return int(found)


def write(connection: DatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO written VALUES (1)")


@pytest.fixture
def first(connect: Connect) -> DatabaseWrapper:
    first = connect()
    with first.cursor() as cursor:
        cursor.execute("CREATE TABLE written (number)")
    return first


def begin(connection: DatabaseWrapper) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def test_who_comes_second_waits_for_the_first(connect: Connect, first: DatabaseWrapper) -> None:
    second = connect()
    begin(first)
    write(first)
    tried = threading.Event()
    seen: list[int] = []

    def write_second() -> None:
        tried.set()
        begin(second)
        seen.append(count(second))
        write(second)
        second.commit()

    thread = threading.Thread(target=write_second)
    thread.start()
    assert tried.wait(10)
    assert seen == []
    first.commit()
    thread.join(10)
    assert seen == [1]
    assert count(first) == 2


def test_who_waits_too_long_is_told(connect: Connect, first: DatabaseWrapper) -> None:
    second = connect(seconds=0.05)
    begin(first)
    with pytest.raises(OperationalError, match="locked"):
        begin(second)
    first.rollback()
    # And may try again; what is written without a transaction waits as long.
    begin(second)
    write(second)
    second.commit()
    with second.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout")
        assert cursor.fetchone() == (50,)


def test_other_errors_are_not_waited_for(connect: Connect, first: DatabaseWrapper) -> None:
    first.transaction_mode = "NONSENSE"
    with pytest.raises(OperationalError, match="syntax error"):
        begin(first)


def test_it_is_what_the_project_runs_on(settings: Any) -> None:
    engine = settings.DATABASES["default"]["ENGINE"]
    assert engine == "config.sqlite" or engine.endswith("postgresql")
    assert transaction.get_connection().vendor in ("sqlite", "postgresql")
