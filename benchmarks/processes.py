"""The whole installation, started for a benchmark in a folder of its own: nothing of it stays."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from config.local import valkey

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
STOP_SECONDS = 15.0

# The processes whose work a reply is; the mock provider and the load are not among them.
COUNTED = ("worker", "web", "redis")


@dataclass(frozen=True, slots=True)
class Sample:
    """Processor time in seconds and resident memory in bytes, per process."""

    at: float
    cpu: dict[str, float]
    memory: dict[str, int]
    ours: float
    machine: float

    def cpu_since(self, earlier: "Sample") -> dict[str, float]:
        return {name: self.cpu[name] - earlier.cpu[name] for name in COUNTED}

    def others_since(self, earlier: "Sample") -> float:
        """Share of the machine's processors that went to what is no part of the benchmark."""
        others = (self.machine - earlier.machine) - (self.ours - earlier.ours)
        return max(0.0, others / (self.at - earlier.at) / (psutil.cpu_count() or 1))

    def memory_since(self, earlier: "Sample") -> int:
        """Bytes that all of them together have more."""
        return sum(self.memory[name] - earlier.memory[name] for name in COUNTED)


class Installation:
    """Valkey, the mock provider, one web process and one worker, while the context is entered."""

    def __init__(self, **more: str) -> None:
        # Other values of variables.
        self._more = more
        self._folder = tempfile.TemporaryDirectory(prefix="rivulet-bench-")
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self.port = free_port()
        self.mock_url = ""
        self.environment: dict[str, str] = {}

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    def __enter__(self) -> Self:
        try:
            self._start_all()
        except BaseException:
            self._stop_all()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop_all()

    def sample(self) -> Sample:
        processes = {name: psutil.Process(one.pid) for name, one in self._processes.items()}
        cpu = {name: _spent(process.cpu_times()) for name, process in processes.items()}
        return Sample(
            at=time.monotonic(),
            cpu=cpu,
            memory={name: processes[name].memory_info().rss for name in COUNTED},
            ours=sum(cpu.values()) + time.process_time(),
            machine=_spent(psutil.cpu_times()),
        )

    def _start_all(self) -> None:
        path = self.folder / "valkey.sock"
        # Persistence as in an installation; a benchmark without it would flatter.
        words = ["--port", "0", "--unixsocket", str(path), "--dir", str(self.folder)]
        words += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"]
        self._start("redis", valkey.executable(), *words)
        mock = self._start("mock", sys.executable, "-m", "tests.provider", "--port", "0")
        assert mock.stdout is not None
        self.mock_url = f"http://127.0.0.1:{mock.stdout.readline().strip()}"
        self.environment = _environment(self.folder, self.mock_url) | self._more
        self._until("redis", path.exists)
        manage = [sys.executable, "manage.py"]
        for words in (["migrate", "-v", "0"], ["collectstatic", "--noinput", "-v", "0"]):
            subprocess.run(
                [*manage, *words], cwd=ROOT, env=os.environ | self.environment, check=True
            )
        self._start("web", *manage, "run_web", "-p", str(self.port))
        self._start("worker", *manage, "run_worker")
        self._until("web", self._answers)

    def _start(self, name: str, *command: str) -> "subprocess.Popen[str]":
        with (self.folder / f"{name}.log").open("w") as log:
            process = self._processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if name == "mock" else log,
                stderr=log,
                text=True,
                # Ctrl-C is for the benchmark, which then ends the others in order.
                start_new_session=True,
            )
        return process

    def _until(self, name: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            if self._processes[name].poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{name} did not start:\n{self.log(name)}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=3) as it:
                return bool(it.status == 200)
        except OSError:
            return False

    def log(self, name: str) -> str:
        """The last lines that a process wrote."""
        return "\n".join((self.folder / f"{name}.log").read_text().splitlines()[-15:])

    def _stop_all(self) -> None:
        for process in reversed(self._processes.values()):
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        self._folder.cleanup()


def _spent(times: Any) -> float:
    return float(times.user + times.system)


def _environment(folder: Path, mock_url: str) -> dict[str, str]:
    """All that could come from the developer's own surroundings is named here."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "only-for-the-benchmark",
        "DEBUG": "0",
        "ALLOWED_HOSTS": "127.0.0.1",
        "CSRF_TRUSTED_ORIGINS": "",
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        "REDIS_URL": f"unix://{folder}/valkey.sock",
        "ANTHROPIC_API_KEY": "none",
        "ANTHROPIC_BASE_URL": mock_url,
        "OPENAI_API_KEY": "none",
        "OPENAI_BASE_URL": f"{mock_url}/v1",
        "CHAT_CLOUD_MODELS": "openai:mock",
        "CHAT_REGIONAL_MODELS": "",
        "CHAT_LOCAL_MODEL": "0",
        "CHAT_RATE_PER_MINUTE": "1000000",
        # Who comes by this machine's proxy has an address: the floods do, and nobody else.
        "TRUSTED_PROXIES": "127.0.0.1",
        "CHAT_TITLES": "0",
        "CHAT_CACHE_SECONDS": "600",
        "WORKER_DRAIN_SECONDS": "2",
        "WEB_DRAIN_SECONDS": "2",
    }


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port
