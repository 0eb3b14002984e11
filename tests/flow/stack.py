"""A whole installation on loopback: Valkey, mock provider, web and worker processes."""

import atexit
import functools
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2
import psycopg

from config.local import valkey
from tests.local.processes import Running, clean_environment, free_port, until
from tests.provider.process import spawned

START_SECONDS = 60


@functools.cache
def _migrated() -> Path:
    """A database with all tables and nothing in them, for as long as the tests run."""
    folder = tempfile.TemporaryDirectory(prefix="rivulet-migrated-")
    atexit.register(folder.cleanup)
    return Path(folder.name) / "db.sqlite3"


class Stack:
    """Starts and ends the processes of one installation; each may be killed in between.

    Everything is kept in ``folder``. The database is SQLite unless ``database_url`` says
    otherwise; further settings are given as environment variables.
    """

    def __init__(
        self,
        folder: Path,
        *,
        webs: int = 1,
        workers: int = 1,
        database_url: str = "",
        **environment: str,
    ) -> None:
        self.folder = folder
        self._counts = (webs, workers)
        self._extra = environment
        self.database_url = database_url or f"sqlite:///{folder}/db.sqlite3"
        self.redis_port = free_port()
        self.redis_url = f"redis://127.0.0.1:{self.redis_port}/0"
        self.webs: list[Web] = []
        self.workers: list[Running] = []
        # What only web processes are told, over what all are.
        self.web_environment: dict[str, str] = {}
        self._started = 0
        self._running: list[Running] = []
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._end_all)
            self.folder.mkdir(parents=True, exist_ok=True)
            self.provider_url = stack.enter_context(spawned())
            self.environment = self._environment()
            self.start_redis()
            self._migrate()
            webs, workers = self._counts
            started = [self.begin_web() for _ in range(webs)]
            self.workers = [self.begin_worker() for _ in range(workers)]
            for web in started:
                web.wait_ready()
            for worker in self.workers:
                worker.wait_for("worker ready", seconds=START_SECONDS)
            self._exit = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def at_exit(self, call: Callable[[], object]) -> None:
        """Call this when the stack ends."""
        self._exit.callback(call)

    def _environment(self) -> Mapping[str, str]:
        own = {
            "SECRET_KEY": "only for tests",
            "DEBUG": "1",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "OPENAI_API_KEY": "not a key",
            "OPENAI_BASE_URL": f"{self.provider_url}/v1",
            "ANTHROPIC_API_KEY": "not a key",
            "ANTHROPIC_BASE_URL": self.provider_url,
            "CHAT_CLOUD_MODELS": "openai:mock,anthropic:mock-claude",
            "CHAT_RATE_PER_MINUTE": "10000",
            "CHAT_REPLIES_PER_PERSON": "10000",
            "CHAT_SIGN_INS_PER_ADDRESS": "10000",
            "CHAT_SIGN_UPS_PER_ADDRESS": "10000",
            # Tests share a stack: what one breaks is well again for the next.
            "CHAT_BREAKER_FAILURES": "10000",
            "CHAT_BREAKER_OPEN_SECONDS": "0.001",
            "CHAT_BREAKER_REFUSED_SECONDS": "0.001",
            # A request to the provider that few tests expect.
            "CHAT_TITLES": "0",
            # Many tests ask the same again, and mean the provider.
            "CHAT_CACHE_SECONDS": "0",
            "WORKER_LEASE_SECONDS": "2",
            "PYTHONWARNINGS": "default",
        }
        return clean_environment(self.folder / "var", **(own | self._extra))

    def run(self, *words: str, **environment: str) -> Running:
        name = words[1] if len(words) > 1 else "process"
        return self._run([sys.executable, *words], {**self.environment, **environment}, name)

    def _run(self, command: list[str], environment: Mapping[str, str], name: str) -> Running:
        self._started += 1
        running = Running(command, environment, self.folder / f"{self._started:02}-{name}.log")
        self._running.append(running)
        return running

    def _migrate(self) -> None:
        """Make the tables. Those of SQLite are made once, and copied for every other stack."""
        own = self.folder / "db.sqlite3"
        is_usual = self.database_url == f"sqlite:///{own}"
        if is_usual and _migrated().exists():
            shutil.copy(_migrated(), own)
            return
        migrated = self.run("manage.py", "migrate", "-v0")
        assert migrated.status(seconds=START_SECONDS) == 0, migrated.printed
        if is_usual:
            # Its log is in it: whoever closes a database last sees to that.
            assert not own.with_name(f"{own.name}-wal").exists()
            shutil.copy(own, _migrated())

    # -- Valkey --------------------------------------------------------------------------

    def start_redis(self, *, append_only: bool = True) -> None:
        command = [
            valkey.executable(),
            *("--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", ""),
            *("--dir", str(self.folder), "--appendonly", "yes" if append_only else "no"),
        ]
        self.redis = self._run(command, dict(os.environ), "valkey")
        self.redis.wait_for("Ready to accept connections")

    # -- web and worker processes --------------------------------------------------------

    def begin_web(self, port: int = 0) -> "Web":
        port = port or free_port()
        web = Web(self._run_web(port), port)
        self.webs.append(web)
        return web

    def begin_again(self, web: "Web") -> None:
        """A new process in the place of one that has ended."""
        web.running = self._run_web(web.port)

    def _run_web(self, port: int) -> Running:
        return self.run("manage.py", "run_web", "-p", str(port), **self.web_environment)

    def begin_worker(self) -> Running:
        return self.run("manage.py", "run_worker")

    def start_worker(self) -> Running:
        worker = self.begin_worker()
        self.workers.append(worker)
        worker.wait_for("worker ready", seconds=START_SECONDS)
        return worker

    def _end_all(self) -> None:
        for one in self._running:
            if one.process.poll() is None:
                one.process.send_signal(signal.SIGKILL)
            one.process.wait(10)

    # -- what is known of it ------------------------------------------------------------

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query on the database gives; ``?`` stands for a value."""
        if self.database_url.startswith("sqlite"):
            path = self.database_url.removeprefix("sqlite:///")
            with sqlite3.connect(path, timeout=20) as connection:
                return connection.execute(sql, [str(v).replace("-", "") for v in values]).fetchall()
        with psycopg.connect(self.database_url) as postgres:
            return postgres.execute(sql.replace("?", "%s").encode(), values).fetchall()

    def execute(self, sql: str, *values: object) -> None:
        """Change the database behind everybody's back (SQLite only)."""
        path = self.database_url.removeprefix("sqlite:///")
        with sqlite3.connect(path, timeout=20) as connection:
            connection.execute(sql, [str(v).replace("-", "") for v in values])

    def reply(self, message_id: str) -> dict[str, Any]:
        """The saved reply's row."""
        names = ("status", "content", "model", "error_code", "attempts", "output_tokens")
        sql = f"SELECT {', '.join(names)} FROM chat_message WHERE id = ?"
        return dict(zip(names, self.rows(sql, message_id)[0], strict=True))

    def requests(self, containing: str = "") -> list[dict[str, Any]]:
        """What the provider was asked, oldest first: with these words in the last question."""
        asked = httpx2.get(f"{self.provider_url}/requests", timeout=10).json()
        return [one for one in asked if containing in _question(one["messages"])]


def _question(messages: list[dict[str, Any]]) -> str:
    # The last message may be the beginning of the answer.
    return next(str(said["content"]) for said in reversed(messages) if said["role"] == "user")


class Web:
    """One web process."""

    def __init__(self, running: Running, port: int) -> None:
        self.running = running
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @property
    def socket_url(self) -> str:
        return f"ws://{urlsplit(self.url).netloc}/ws/chat/"

    def readiness(self) -> int:
        """The status of `/readyz`; 0 when nobody listens."""
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=5).status_code
        except httpx2.TransportError:
            return 0

    def wait_ready(self) -> None:
        until(
            lambda: self.readiness() == 200 or self.running.process.poll() is not None,
            seconds=START_SECONDS,
            what=lambda: self.running.printed,
        )
        assert self.readiness() == 200, self.running.printed
        # It may have been another that answered at this address.
        assert self.running.process.poll() is None, self.running.printed
