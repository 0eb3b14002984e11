"""`make run`: the start, told as numbered steps in `Start.steps`."""

import asyncio
import contextlib
import os
import signal
import sys
import time

from config.env import BASE_DIR, VAR_DIR
from config.local import checks, environment, model, valkey
from config.local.console import complain, on_a_terminal, say, write
from config.local.probes import answers_ok
from config.local.supervisor import StartFailed, Supervisor, die_with_parent, until

LOG_DIR = VAR_DIR / "log"

VALKEY_READY_SECONDS = 60.0
MODEL_READY_SECONDS = 120.0
WEB_READY_SECONDS = 60.0

# Beyond the drain of their own, for what comes after it.
DRAINED_SECONDS = 5.0
GRACE_SECONDS = 10.0


class Start:
    """One start of everything on this machine."""

    def __init__(self, host: str, port: int, *, embedded_valkey: bool, own_model: bool) -> None:
        self.host, self.port = host, port
        self.url = checks.url(host, port)
        self.embedded_valkey = embedded_valkey
        self.own_model = own_model
        self.admin_password: str | None = None

    async def run(self) -> int:
        """Start everything and stay until it ends; returns the exit status."""
        self.supervisor = Supervisor(folder=BASE_DIR)
        return await self.supervisor.run(self.steps())

    async def steps(self) -> None:
        """
        1. Valkey and the model are started; they load while the rest goes on.
        2. Django is loaded; database, static files and the first account are brought up to date.
        3. When Valkey answers, web and worker are started: in the reverse order of the stop, for
           what the worker finishes is read at the web process.
        4. When web and model answer, the address is printed.
        """
        began = time.monotonic()
        if self.embedded_valkey:
            await self._start_valkey()
        if self.own_model:
            await self._start_model()
        await asyncio.to_thread(self._prepare)
        if self.embedded_valkey:
            await until(valkey.is_ready, "Valkey", seconds=VALKEY_READY_SECONDS)
        await self._start_web()
        await self._start_worker()
        if self.own_model:
            await until(self._model_is_ready, "The model", seconds=MODEL_READY_SECONDS)
        await until(
            lambda: answers_ok(f"{self.url}readyz"), "The web process", seconds=WEB_READY_SECONDS
        )
        say("ready", f"in {time.monotonic() - began:.1f} s")
        self._welcome()

    async def _start_valkey(self) -> None:
        try:
            command = valkey.command()
        except valkey.ValkeyUnavailable as error:
            raise StartFailed(str(error)) from error
        await valkey.end_stray()
        say("valkey", f"{command[0].rpartition('/')[2]}, data in {valkey.DATA_DIR}")
        await self.supervisor.start(
            "valkey", command, grace=GRACE_SECONDS, log=LOG_DIR / "valkey.log"
        )

    async def _start_model(self) -> None:
        try:
            name = model.weights().name
        except model.ModelUnavailable as error:
            raise StartFailed(str(error)) from error
        url = os.environ["CHAT_LOCAL_MODEL_URL"]
        say("model", f"{name} by llama.cpp at {url}")
        await self.supervisor.start(
            "model",
            model.command(port_of(url)),
            grace=GRACE_SECONDS,
            log=LOG_DIR / "model.log",
        )

    def _prepare(self) -> None:
        import django

        django.setup()
        from config.local import accounts, database, static_files

        migrations = database.migrate()
        say("database", f"{migrations} migrations applied" if migrations else "up to date")
        collected = static_files.collect()
        say("static", "files collected" if collected else "files up to date")
        self.admin_password = accounts.first_admin()

    async def _start_worker(self) -> None:
        from django.conf import settings

        say("worker", "starting")
        await self.supervisor.start(
            "worker",
            [sys.executable, "manage.py", "run_worker"],
            grace=settings.WORKER_DRAIN_SECONDS + DRAINED_SECONDS,
        )

    async def _start_web(self) -> None:
        from django.conf import settings

        say("web", "starting")
        await self.supervisor.start(
            "web",
            [sys.executable, "manage.py", "run_web", "-b", self.host, "-p", str(self.port)],
            grace=settings.WEB_DRAIN_SECONDS + DRAINED_SECONDS,
        )

    async def _model_is_ready(self) -> bool:
        url = os.environ["CHAT_LOCAL_MODEL_URL"]
        return await answers_ok(url.removesuffix("/v1") + "/health")

    def _welcome(self) -> None:
        from config.local import accounts

        write(f"\n  Rivulet   {self.url}   (sign up there, then write)\n")
        if self.admin_password:
            secret = f" = {self.admin_password}" if on_a_terminal() else ""
            write(
                f"  Admin     {self.url}admin/   (user {accounts.NAME}, "
                f"password in {accounts.PASSWORD_FILE}{secret})\n"
            )
        write("  Ctrl-C stops everything.\n\n")


def port_of(url: str) -> int:
    """The port of `http://host:port/v1`."""
    return int(url.rpartition(":")[2].partition("/")[0])


def main() -> int:
    """Check, complete the environment, start; returns the exit status."""
    if "MAKELEVEL" in os.environ:
        # A `make` that is killed hard must not leave this behind.
        die_with_parent(signal.SIGTERM)
    try:
        host, port = checks.address(os.environ)
        checks.usable(VAR_DIR)
        checks.usable(LOG_DIR)
        held = checks.lock(VAR_DIR, checks.url(host, port))
        checks.port_is_free(host, port)
    except checks.Refused as refused:
        complain(str(refused))
        return 2
    embedded_valkey = not environment.is_given("REDIS_URL")
    own_model_url = not environment.is_given("CHAT_LOCAL_MODEL_URL")
    environment.complete(host)
    from config import settings

    start = Start(
        host,
        port,
        embedded_valkey=embedded_valkey,
        own_model=own_model_url and settings.CHAT_MODELS.needs_local_model,
    )
    with held, contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(start.run())
    return 130


if __name__ == "__main__":
    sys.exit(main())
