"""What chaos is made in: a stack behind a balancer, and a supervisor that starts what died."""

import asyncio
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import TimeoutExpired

import redis
import redis.asyncio

from tests import postgres
from tests.chaos.ledger import Ledger
from tests.chaos.redis_proxy import RedisProxy
from tests.chaos.talk import Account, Crowd
from tests.flow import balancers
from tests.flow.people import Person
from tests.flow.stack import Stack, Web
from tests.local.processes import Running, until

# Longer than the Redis faults: else a worker that lives loses its replies to another.
LEASE_SECONDS = 3.0
END_SECONDS = 60
WATCH_SECONDS = 0.2

BALANCERS = {"nginx": balancers.nginx, "haproxy": balancers.haproxy}


@dataclass
class Scene:
    """The parts that faults are done to."""

    stack: Stack
    proxy: RedisProxy
    crowd: Crowd
    ledger: Ledger
    redis: "redis.asyncio.Redis"
    # Processes that somebody is ending or starting: the supervisor leaves them alone.
    in_hands: set[int] = field(default_factory=set)

    async def supervise(self) -> None:
        """Start again what died by itself, as systemd or Kubernetes would."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for web in self.stack.webs:
                if self._has_died(web.running):
                    self.ledger.blame("wrong", f"{web.running.log.name}: died by itself")
                    await self.start_web(web)
            for index, worker in enumerate(self.stack.workers):
                if self._has_died(worker):
                    self.ledger.blame("wrong", f"{worker.log.name}: died by itself")
                    await self.start_worker(index)

    def _has_died(self, running: Running) -> bool:
        return running.process.pid not in self.in_hands and running.process.poll() is not None

    async def end_web(self, web: Web, number: signal.Signals, pause: float) -> None:
        """Send a signal that ends this web process; another takes its place after a while."""
        await self._end(web.running, number)
        await asyncio.sleep(pause)
        await self.start_web(web)

    async def end_worker(self, index: int, number: signal.Signals, pause: float) -> None:
        """Send a signal that ends this worker; another takes its place after a while."""
        await self._end(self.stack.workers[index], number)
        await asyncio.sleep(pause)
        await self.start_worker(index)

    async def _end(self, running: Running, number: signal.Signals) -> None:
        self.in_hands.add(running.process.pid)
        running.process.send_signal(number)
        try:
            await asyncio.to_thread(running.process.wait, END_SECONDS)
        except TimeoutExpired:
            self.ledger.blame("wrong", f"{running.log.name}: there {END_SECONDS} s after {number}")
            running.process.kill()
            await asyncio.to_thread(running.process.wait, END_SECONDS)

    async def start_web(self, web: Web) -> None:
        """Start it until it is ready; without Redis it waits for Redis."""

        def start() -> Running:
            self.stack.begin_again(web)
            return web.running

        await self._start(start, lambda running: web.readiness() == 200)

    async def start_worker(self, index: int) -> None:
        """Start it until it is ready; without Redis it dies, and is started again."""

        def start() -> Running:
            self.stack.workers[index] = self.stack.begin_worker()
            return self.stack.workers[index]

        await self._start(start, lambda running: "worker ready" in running.printed)

    async def _start(
        self, start: Callable[[], Running], is_ready: Callable[[Running], bool]
    ) -> None:
        while True:
            running = start()
            self.in_hands.add(running.process.pid)
            while running.process.poll() is None:
                if await asyncio.to_thread(is_ready, running):
                    self.in_hands.discard(running.process.pid)
                    return
                await asyncio.sleep(WATCH_SECONDS)
            self.ledger.counts["starts that failed without Redis"] += 1

    async def restart_redis(self, number: signal.Signals, pause: float, *, empty: bool) -> None:
        """End Redis; it comes back after a while, with its data or without."""
        running = self.stack.redis
        running.process.send_signal(number)
        await asyncio.to_thread(running.process.wait, END_SECONDS)
        if empty:
            shutil.rmtree(self.stack.folder / "appendonlydir")
        await asyncio.sleep(pause)
        await asyncio.to_thread(self.stack.start_redis)


@contextmanager
def scene(
    folder: Path, balancer: str, people: int, ledger: Ledger, **environment: str
) -> Iterator[Scene]:
    """Two web processes and two workers behind a balancer, on PostgreSQL and Valkey.

    Raises PostgresMissing and BalancerMissing.
    """
    patience = {
        "WORKER_LEASE_SECONDS": f"{LEASE_SECONDS}",
        "WORKER_DRAIN_SECONDS": "2",
        "WEB_DRAIN_SECONDS": "2",
        "OPENAI_CONTINUES": "1",
    }
    with ExitStack() as exits:
        stack = Stack(
            folder,
            webs=2,
            workers=2,
            database_url=exits.enter_context(postgres.running()),
            **(patience | environment),
        )
        proxy = exits.enter_context(RedisProxy(stack.redis_port))
        stack.web_environment["REDIS_URL"] = proxy.url
        exits.enter_context(stack)
        entrance = exits.enter_context(BALANCERS[balancer](stack.webs, folder / balancer))
        until_redis_is_known(stack)
        accounts = [_account(stack, f"person-{number}") for number in range(people)]
        yield Scene(
            stack,
            proxy,
            Crowd(entrance, accounts, ledger),
            ledger,
            redis.asyncio.Redis.from_url(stack.redis_url, socket_timeout=10),
        )


def until_redis_is_known(stack: Stack) -> None:
    """Wait for a worker's note that this Redis is new, and has lost nothing.

    What is accepted before that may be interrupted, if it has to be found by the workers.
    """
    with redis.Redis.from_url(stack.redis_url) as client:
        until(lambda: (client.get("rivulet:memory") or b"").startswith(b"0001-"))


def _account(stack: Stack, name: str) -> Account:
    return Account(name, Person(stack, name).cookie)
