"""People who talk: each conversation on one to three pages, one message after the other."""

import asyncio
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

import httpx2

from tests.chaos.client import Tab
from tests.chaos.connection import Entrance
from tests.chaos.ledger import Ledger

# In every message, and nowhere else: no log may contain it.
MARKER = "krill"
# One goes on with an answer that another attempt began, the other begins again.
MODELS = ("openai:mock", "anthropic:mock-claude")
TABS_MAX = 3
POLL_SECONDS = 0.05
# How far machines' clocks may be apart, and the time until Redis is noticed to be empty.
AFTER_LOSS_SECONDS = 10.0


@dataclass(slots=True)
class Exchange:
    """One message and what is known of its reply."""

    client_id: str
    message: str
    # The pages that must show it when all is over.
    tabs: list[Tab] = field(default_factory=list)
    stop_asked: bool = False
    # What was on the page when the stop was asked for.
    seen_at_stop: int = 0
    # Redis lost its data while this was under way, or just before.
    log_lost: bool = False
    after_loss: bool = False
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    cookie: str


class Crowd:
    """All conversations; ``tabs`` are the pages that are open now."""

    def __init__(self, entrance: Entrance, accounts: list[Account], ledger: Ledger) -> None:
        self.entrance = entrance
        self.accounts = accounts
        self.ledger = ledger
        self.tabs: list[Tab] = []
        self.exchanges: list[Exchange] = []
        self.talking = True
        self.stop_chance = 0.2
        self.tokens_max = 120
        self.http = httpx2.AsyncClient(timeout=10)
        self._talks: list[asyncio.Task[None]] = []
        self._lost_at = -math.inf

    @property
    def has_just_lost(self) -> bool:
        return time.monotonic() - self._lost_at < AFTER_LOSS_SECONDS

    def begin(self, count: int, seed: str) -> None:
        """So many conversations at once, until `end`."""
        for number in range(count):
            account = self.accounts[number % len(self.accounts)]
            talk = Talk(self, account, Random(f"{seed}:talk {number}"), f"{number}")
            self._talks.append(asyncio.create_task(talk.run(), name=f"talk {number}"))

    async def end(self, seconds: float) -> None:
        """Send nothing more; what is under way has so long to end."""
        self.talking = False
        done, late = await asyncio.wait(self._talks, timeout=seconds)
        for task in late:
            task.cancel()
        for task in done:
            if error := task.exception():
                self.ledger.blame("wrong", f"{task.get_name()} broke: {error!r}")
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def leave(self) -> None:
        """Close every page."""
        await asyncio.gather(*(tab.close() for tab in self.tabs))
        await self.http.aclose()

    def excuse(self) -> None:
        """Redis has lost its data: what is under way may be shown as a whole message.

        What is sent next may be interrupted, if its web process dies before it is begun:
        nobody can tell whether it was.
        """
        self._lost_at = time.monotonic()
        for exchange in self.exchanges:
            exchange.log_lost = exchange.log_lost or not exchange.is_over


class Talk:
    """One conversation after the other, by one person."""

    def __init__(self, crowd: Crowd, account: Account, dice: Random, name: str) -> None:
        self._crowd = crowd
        self._account = account
        self._dice = dice
        self._names = _names(name)
        self._tabs: list[Tab] = []

    async def run(self) -> None:
        while self._crowd.talking:
            await self._conversation()

    async def _conversation(self) -> None:
        self._open()
        for _ in range(self._dice.randint(2, 5)):
            if not self._crowd.talking:
                break
            await self._exchange()
            await asyncio.sleep(self._dice.uniform(0, 0.5))
        for tab in self._tabs:
            self._crowd.tabs.remove(tab)
            await tab.close()
        self._tabs.clear()

    def _open(self, conversation_id: str = "") -> Tab:
        crowd = self._crowd
        tab = Tab(
            crowd.entrance,
            self._account.cookie,
            crowd.http,
            Random(self._dice.random()),
            crowd.ledger,
            conversation_id,
        )
        tab.open()
        self._tabs.append(tab)
        crowd.tabs.append(tab)
        return tab

    async def _exchange(self) -> None:
        dice, ledger = self._dice, self._crowd.ledger
        name = next(self._names)
        exchange = Exchange(name, _message(dice, name, self._crowd.tokens_max))
        model = dice.choice(MODELS)
        exchange.after_loss = self._crowd.has_just_lost
        self._crowd.exchanges.append(exchange)
        speakers = [dice.choice(self._tabs)]
        if dice.random() < 0.2:
            ledger.counts["duplicate sends"] += 1
            speakers.append(self._other_than(speakers[0]))
        await asyncio.gather(*(tab.submit(name, exchange.message, model) for tab in speakers))
        async with asyncio.TaskGroup() as beside:
            if dice.random() < self._crowd.stop_chance:
                beside.create_task(self._stop(exchange))
            if dice.random() < 0.4 and len(self._tabs) < TABS_MAX:
                beside.create_task(self._join_late(exchange))
            await until(lambda: self._everybody_has(exchange))
        # A page may have joined after the others had all.
        await until(lambda: self._everybody_has(exchange))
        exchange.is_over = True
        exchange.tabs = list(self._tabs)

    def _other_than(self, tab: Tab) -> Tab:
        others = [each for each in self._tabs if each is not tab]
        return self._dice.choice(others) if others else self._open(tab.conversation_id)

    async def _stop(self, exchange: Exchange) -> None:
        await asyncio.sleep(self._dice.uniform(0, 3))
        await until(lambda: self._reply(exchange))
        tab, message_id = self._dice.choice(self._tabs), self._reply(exchange)
        if not tab.has_all(message_id):
            exchange.stop_asked = True
            reading = tab.readings.get(message_id)
            exchange.seen_at_stop = len(reading.text) if reading else 0
            self._crowd.ledger.counts["stops"] += 1
            await tab.stop(message_id)
            await self._dice.choice(self._tabs).stop(message_id)

    async def _join_late(self, exchange: Exchange) -> None:
        await asyncio.sleep(self._dice.uniform(0, 2))
        await until(lambda: any(tab.conversation_id for tab in self._tabs))
        self._crowd.ledger.counts["late pages"] += 1
        self._open(next(tab.conversation_id for tab in self._tabs if tab.conversation_id))

    def _reply(self, exchange: Exchange) -> str:
        return next(iter(self._crowd.ledger.acknowledged[exchange.client_id]), "")

    def _everybody_has(self, exchange: Exchange) -> bool:
        exchange.tabs = self._tabs
        reply = self._reply(exchange)
        return bool(reply) and all(tab.has_all(reply) for tab in self._tabs)


def _names(name: str) -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"{MARKER}-{name}-{number}"


def _message(dice: Random, name: str, tokens_max: int) -> str:
    plan = {
        "marker": name,
        "tokens": dice.randint(10, tokens_max),
        "rate": dice.choice((15, 25, 40, 80)),
        "delay": round(dice.uniform(0, 0.4), 2),
        "seed": dice.randrange(10**6),
    }
    return json.dumps(plan)


async def until(condition: Callable[[], object]) -> None:
    """Wait for it; the caller bounds how long."""
    while not condition():  # noqa: ASYNC110 - any condition will do
        await asyncio.sleep(POLL_SECONDS)
