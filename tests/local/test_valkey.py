"""The embedded server keeps what it has acknowledged."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.local.processes import Running, python, until

SERVE = "import os; from config.local import valkey as v; os.makedirs(v.DATA_DIR, exist_ok=True); "
EXEC = SERVE + "c = v.command(); os.execv(c[0], c)"
WHERE = "from config.env import embedded_redis_url; print(embedded_redis_url())"
END_STRAY = SERVE + "import asyncio; asyncio.run(v.end_stray())"

Launch = Callable[..., Running]


@pytest.fixture
def client(launch: Launch) -> Iterator[Redis]:
    where = launch(*python("-c", WHERE))
    assert where.status() == 0
    with Redis.from_url(where.printed.strip()) as client:
        yield client


def serve(launch: Launch, client: Redis) -> Running:
    running = launch(*python("-c", EXEC))
    until(lambda: answers(client), what=lambda: running.printed)
    return running


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def test_what_was_written_survives_a_hard_end(launch: Launch, client: Redis) -> None:
    running = serve(launch, client)
    client.xadd("jobs", {"id": "1"})
    running.process.kill()
    running.status()
    serve(launch, client)
    assert client.xlen("jobs") == 1


def test_a_file_that_was_cut_off_is_loaded_up_to_there(
    launch: Launch, client: Redis, var: Path
) -> None:
    running = serve(launch, client)
    client.xadd("jobs", {"id": "1"})
    running.process.kill()
    running.status()
    (written,) = (var / "valkey" / "appendonlydir").glob("*.incr.aof")
    with written.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$4\r\nha")
    serve(launch, client)
    assert client.xlen("jobs") == 1


def test_only_its_owner_can_open_it_and_only_on_this_machine(launch: Launch, client: Redis) -> None:
    running = serve(launch, client)
    path = Path(client.connection_pool.connection_kwargs["path"])
    assert path.stat().st_mode & 0o777 == 0o700
    listening = psutil.Process(running.process.pid).net_connections("inet")
    assert listening == []


def test_nothing_is_thrown_away_to_make_room(launch: Launch, client: Redis) -> None:
    serve(launch, client)
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_a_stray_server_is_ended_before_another_opens_its_data(
    launch: Launch, client: Redis
) -> None:
    stray = serve(launch, client)
    client.set("word", "kept")
    assert launch(*python("-c", END_STRAY)).status() == 0
    stray.status()
    serve(launch, client)
    assert client.get("word") == b"kept"
