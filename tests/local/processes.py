"""Real processes for these tests, each marked by its VAR_DIR, and bounded waits for them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SUPERVISED = "tests.local.supervised"

_NAMES = (
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "REDIS_URL",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "CHAT_CLOUD_MODELS",
    "CHAT_REGIONAL_MODELS",
    "CHAT_LOCAL_MODEL",
    "CHAT_LOCAL_MODEL_URL",
)


def clean_environment(var: Path, **more: str) -> dict[str, str]:
    """An environment that has nothing of the developer's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    # Empty is "not given", and `.env` does not override what is there.
    empty = dict.fromkeys(_NAMES, "")
    own = {"VAR_DIR": str(var), "DATABASE_URL": f"sqlite:///{var}/db.sqlite3"}
    return kept | empty | own | more


class Running:
    """A process and what it has printed so far."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=BASE_DIR,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, text: str, *, seconds: float = 60) -> None:
        """Wait until it has printed this; a process that ends first fails the test."""
        until(
            lambda: text in self.printed or self.process.poll() is not None,
            seconds=seconds,
            what=lambda: f"{text!r} in:\n{self.printed}",
        )
        assert text in self.printed, self.printed

    def status(self, *, seconds: float = 30) -> int:
        """Wait for its end."""
        return self.process.wait(timeout=seconds)


def until(
    condition: Callable[[], object], *, seconds: float = 20, what: Callable[[], str] = str
) -> None:
    """Wait for a condition; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what()}"
        time.sleep(0.05)


def marked(var: Path) -> list[psutil.Process]:
    """All living processes that were started with this VAR_DIR, whoever their parent is."""
    return [process for process in psutil.process_iter() if _is_marked(process, var)]


def _is_marked(process: psutil.Process, var: Path) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        # Valkey writes its title over its environment, but works in its data's folder.
        known = process.environ().get("VAR_DIR") == str(var)
        return known or Path(process.cwd()).is_relative_to(var)
    except psutil.Error:
        return False


def all_gone(var: Path, *, seconds: float = 20) -> None:
    """Fails if a process with this VAR_DIR is alive after so many seconds."""
    until(lambda: not marked(var), seconds=seconds, what=lambda: f"{marked(var)} are left")


def free_port() -> int:
    """One that nobody listens at, and that was not given before: it may be listened at later."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


_given: set[int] = set()


def python(*words: str) -> list[str]:
    return [sys.executable, *words]
