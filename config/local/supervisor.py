"""Starts child processes, forwards what they print, and lives and dies with them.

The stop, in the reverse order of the start (worker, web, model, Valkey), one after the other:

1. SIGTERM to the child; it has its grace to finish what it is doing.
2. After the grace, or at the second Ctrl-C, SIGKILL to the child and all it has started.
3. What it printed last is forwarded.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from config.local.console import complain, forward, say

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

# On a failure nothing is drained: what was accepted goes on after the next start.
FAILURE_GRACE_SECONDS = 5.0

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# A signal to the process group comes twice: `make` hands it on.
_SAME_SIGNAL_SECONDS = 1.0

_READ_BYTES = 65536
_LAST_LINES = 15
_POLL_SECONDS = 0.05


class StartFailed(Exception):
    """The start cannot go on; its text is for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class End:
    """Why everything stops."""

    status: int
    reason: str


def die_with_parent(sign: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent is gone (Linux only)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(sign), 0, 0, 0)


def _in_the_child(parent: int) -> None:
    die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _log_file(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


class Child:
    """One process and what it prints."""

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, *, grace: float, log: Path | None
    ) -> None:
        self.name = name
        self.grace = grace
        self._process = process
        self._log = log
        self._output: asyncio.Task[None] | None = None

    def forward_output(self, pipe: int) -> None:
        """Print from now on what comes out of the pipe, until its last writer is gone."""
        self._output = asyncio.create_task(_forward(self.name, pipe), name=f"{self.name} output")

    async def wait(self) -> int:
        """Wait for its end; negative numbers are signals."""
        return await self._process.wait()

    async def stop(self, grace: float, hurry: asyncio.Event) -> None:
        """Stop it as told at the top of this file."""
        if self._process.returncode is None:
            self._process.terminate()
            ended = asyncio.create_task(self.wait())
            hurried = asyncio.create_task(hurry.wait())
            await asyncio.wait({ended, hurried}, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
            hurried.cancel()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self.wait()
        if self._output:
            await asyncio.wait({self._output}, timeout=1)

    def last_words(self) -> list[str]:
        """The end of its log file; nothing where its output was forwarded."""
        if self._log is None:
            return []
        return self._log.read_text(errors="replace").splitlines()[-_LAST_LINES:]


async def _forward(name: str, pipe: int) -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb")
    )
    rest = b""
    while chunk := await reader.read(_READ_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _READ_BYTES:
            lines, rest = [*lines, rest], b""
        for line in lines:
            forward(name, line.decode(errors="replace"))
    if rest:
        forward(name, rest.decode(errors="replace"))


class Supervisor:
    """All children of one start, and the one reason for which they end."""

    def __init__(self, *, folder: Path) -> None:
        self._folder = folder
        self._children: list[Child] = []
        self._watchers: list[asyncio.Task[None]] = []
        self._end: asyncio.Future[End] = asyncio.get_running_loop().create_future()
        self._hurry = asyncio.Event()
        self._told_at: float | None = None

    async def start(
        self, name: str, command: list[str], *, grace: float, log: Path | None = None
    ) -> None:
        """Start a process; without a log file its output is forwarded, line by line.

        `grace` is in seconds. Raises StartFailed.
        """
        # A pipe of our own: asyncio's would make `wait` wait for everybody who writes to it,
        # and a process that has died may have left children.
        pipe, output = (None, _log_file(log)) if log else os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                # Ctrl-C is for the supervisor: the children are stopped in order.
                start_new_session=True,
                preexec_fn=partial(_in_the_child, os.getpid()),
            )
        except OSError as error:
            raise StartFailed(f"{name} cannot be started: {error}.") from error
        finally:
            os.close(output)
        child = Child(name, process, grace=grace, log=log)
        if pipe is not None:
            child.forward_output(pipe)
        self._children.append(child)
        self._watchers.append(asyncio.create_task(self._watch(child), name=f"watch {name}"))

    async def run(self, steps: Coroutine[Any, Any, None]) -> int:
        """Go through the steps of the start, then wait for a signal or the first death.

        Returns the exit status when nothing is left running.
        """
        loop = asyncio.get_running_loop()
        for sign in _SIGNALS:
            loop.add_signal_handler(sign, self._signalled)
        starting = asyncio.create_task(steps, name="start")
        starting.add_done_callback(self._started)
        end = await self._end
        starting.cancel()
        await asyncio.wait({starting})
        await self._stop(end)
        # The loop takes its handlers with it: one more signal must not change the status.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        return end.status

    def _signalled(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._told_at is None:
            self._told_at = now
        elif now > self._told_at + _SAME_SIGNAL_SECONDS:
            self._hurry.set()
        self._finish(End(0, ""))

    def _started(self, starting: asyncio.Task[None]) -> None:
        if starting.cancelled() or (error := starting.exception()) is None:
            return
        if not isinstance(error, StartFailed):
            # A fault of our own: the traceback is wanted.
            sys.excepthook(type(error), error, error.__traceback__)
        self._finish(End(1, str(error) or type(error).__name__))

    async def _watch(self, child: Child) -> None:
        status = await child.wait()
        how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"status {status}"
        if self._end.done():
            return
        for line in child.last_words():
            forward(child.name, line)
        self._finish(End(1, f"{child.name} ended by itself ({how}); the rest is stopped."))

    def _finish(self, end: End) -> None:
        if not self._end.done():
            self._end.set_result(end)

    async def _stop(self, end: End) -> None:
        if end.reason:
            complain(end.reason)
        names = ", ".join(child.name for child in reversed(self._children))
        if names:
            say("stop", f"{names} (Ctrl-C again: at once)")
        for child in reversed(self._children):
            grace = min(child.grace, FAILURE_GRACE_SECONDS) if end.status else child.grace
            await child.stop(grace, self._hurry)
        await asyncio.gather(*self._watchers)
        say("stop", "everything is stopped")


async def until(check: Callable[[], Awaitable[bool]], what: str, *, seconds: float) -> None:
    """Wait until the check is true. Raises StartFailed after so many seconds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        if await check():
            return
        await asyncio.sleep(_POLL_SECONDS)
    raise StartFailed(f"{what} was not ready after {seconds:.0f} seconds.")
