"""A real PostgreSQL server for tests, in a folder of its own, on a Unix socket."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PORT = "5432"


class PostgresMissing(Exception):
    """There is no PostgreSQL on this machine; its text says what to install."""


def binaries() -> Path:
    """The folder with `initdb` and `pg_ctl`. Raises PostgresMissing."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not versions:
        raise PostgresMissing("no PostgreSQL server found: install the package postgresql")
    return versions[-1].parent


@contextmanager
def running() -> Iterator[str]:
    """Start a server; gives the address of an empty database. Raises PostgresMissing."""
    folder = binaries()
    home = Path(tempfile.mkdtemp(prefix="rivulet-pg-"))
    # The server refuses to run as root: then as the user that its package made.
    as_user: list[str] = []
    if os.geteuid() == 0:
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(home, "postgres", "postgres")
    data = home / "data"

    def call(program: str, *words: str) -> None:
        subprocess.run(
            [*as_user, str(folder / program), *words],
            check=True, cwd=home, stdout=subprocess.DEVNULL, timeout=60,
        )  # fmt: skip

    try:
        call("initdb", "-D", str(data), "-A", "trust", "-U", "rivulet", "-E", "UTF8", "--no-sync")
        options = f"-k {home} -p {PORT} -c listen_addresses='' -c fsync=off"
        call("pg_ctl", "-D", str(data), "-o", options, "-l", str(home / "log"), "-w", "start")
        try:
            call("createdb", "-h", str(home), "-p", PORT, "-U", "rivulet", "rivulet")
            yield f"postgres://rivulet@{str(home).replace('/', '%2F')}:{PORT}/rivulet"
        finally:
            call("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
