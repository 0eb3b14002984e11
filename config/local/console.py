"""What `make run` prints: calm lines for a person, one subject each."""

import sys
from contextlib import suppress
from typing import TextIO

_WIDTH = 10


def say(subject: str, text: str) -> None:
    """Print one line about one subject."""
    write(f"  {subject:<{_WIDTH}}{text}\n")


def forward(name: str, line: str) -> None:
    """Print a line of a child process, with its name before it."""
    write(f"{name:<{_WIDTH}}| {line}\n")


def complain(problem: str) -> None:
    """Print what went wrong, on standard error."""
    write(f"rivulet: {problem}\n", sys.stderr)


def write(text: str, stream: TextIO | None = None) -> None:
    """Print at once; when nobody reads any more, the work still goes on."""
    stream = stream or sys.stdout
    with suppress(OSError):
        stream.write(text)
        stream.flush()


def on_a_terminal() -> bool:
    """Whether a person reads along."""
    return sys.stdout.isatty()
