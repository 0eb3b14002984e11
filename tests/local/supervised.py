"""A supervisor over three stand-ins; run as a process of its own by the tests."""

import asyncio
import sys
from pathlib import Path

from config.local.console import say
from config.local.supervisor import Supervisor

OBEDIENT = "import signal; print('{name} is up', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + OBEDIENT
WITH_CHILD = (
    "import subprocess, sys; "
    "subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']); " + OBEDIENT
)
LATE = (
    "import signal, sys; "
    "signal.signal(signal.SIGTERM, lambda *_: (print('{name} says goodbye'), sys.exit())); "
    + OBEDIENT
)
LONG_LINE = "print('x' * 200_000); print('after the long line'); " + OBEDIENT
KINDS = {
    "obedient": OBEDIENT,
    "stubborn": STUBBORN,
    "with-child": WITH_CHILD,
    "late": LATE,
    "long-line": LONG_LINE,
    "missing": "",
}


async def main(kinds: list[str]) -> int:
    supervisor = Supervisor(folder=Path.cwd())

    async def steps() -> None:
        for name, kind in zip(("first", "second", "third"), kinds, strict=True):
            code = KINDS[kind].format(name=name)
            command = [sys.executable, "-c", code] if code else ["/nowhere/server"]
            await supervisor.start(name, command, grace=60)
        say("all", "are started")

    return await supervisor.run(steps())


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
