"""One socket that comes back by itself, as the page's does (static/js/socket.js)."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.chaos.ledger import Frame, Ledger

# The page's own deadlines, shortened: an hour's worth of trouble comes in a minute here.
FIRST_SECONDS = 0.2
LONGEST_SECONDS = 2.0
GOING_AWAY = (1001, 1012, 4012)
GOING_AWAY_SECONDS = 0.1
SILENCE_SECONDS = 4.0
ANSWER_SECONDS = 8.0
OPEN_SECONDS = 6.0
SEND_SECONDS = 5.0
# Few frames are read ahead, so that a page that stops reading is felt by the server.
QUEUE_FRAMES = 8


class Entrance(Protocol):
    """Where people come in: a balancer, or one web process."""

    @property
    def url(self) -> str: ...

    @property
    def socket_url(self) -> str: ...


class Connection:
    """Owns the socket; ``opened`` is called when it stands (again), ``received`` per frame."""

    def __init__(
        self,
        entrance: Entrance,
        cookie: str,
        dice: Random,
        ledger: Ledger,
        *,
        opened: Callable[[], Awaitable[None]],
        received: Callable[[Frame], Awaitable[None]],
    ) -> None:
        self._entrance = entrance
        self._cookie = cookie
        self._dice = dice
        self._ledger = ledger
        self._opened = opened
        self._received = received
        self._socket: ClientConnection | None = None
        self._reads = asyncio.Event()
        self._reads.set()
        self._was_open = False

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    async def run(self, before: Callable[[], Awaitable[None]]) -> None:
        """Connect again and again, until cancelled; ``before`` each time."""
        attempt = 0
        while True:
            await before()
            code = 1006
            try:
                async with self._connect() as socket:
                    self._socket = socket
                    attempt = 0
                    self._ledger.counts["connections"] += 1
                    self._ledger.counts["reconnects"] += self._was_open
                    self._was_open = True
                    await self._opened()
                    code = await self._listen(socket)
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else 1006
            except (OSError, WebSocketException, TimeoutError):
                if self._socket is None:
                    self._ledger.counts["handshakes that failed"] += 1
            finally:
                self._socket = None
                self._reads.set()
            await asyncio.sleep(self._delay(code, attempt))
            attempt += 1

    def _connect(self) -> connect:
        return connect(
            self._entrance.socket_url,
            origin=self._entrance.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": self._cookie},
            compression=None,
            proxy=None,
            open_timeout=OPEN_SECONDS,
            ping_interval=None,
            close_timeout=0.2,
            max_size=None,
            max_queue=QUEUE_FRAMES,
        )

    def _delay(self, code: int, attempt: int) -> float:
        if attempt == 0 and code in GOING_AWAY:
            return GOING_AWAY_SECONDS * self._dice.random()
        ceiling: float = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0**attempt)
        return ceiling / 2 * (1 + self._dice.random())

    async def _listen(self, socket: ClientConnection) -> int:
        while True:
            await self._reads.wait()
            frame = json.loads(await self._heard(socket))
            if frame["type"] == "draining":
                self._ledger.counts["sent elsewhere by a web process that leaves"] += 1
                return 1012
            if frame["type"] != "pong":
                await self._received(frame)

    async def _heard(self, socket: ClientConnection) -> str | bytes:
        """The next frame; a connection that is open but dead raises TimeoutError."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SILENCE_SECONDS):
                return await socket.recv()
        await self.send(type="ping")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await socket.recv()
        except TimeoutError:
            self._ledger.counts["connections given up as dead"] += 1
            raise

    async def send(self, **frame: Any) -> bool:
        """Whether it left."""
        if self._socket is None:
            return False
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send(json.dumps(frame))
        except (ConnectionClosed, TimeoutError):
            return False
        return True

    def cut(self) -> None:
        """Drop the TCP connection without a word."""
        if self._socket is not None:
            self._socket.transport.abort()
            self._reads.set()

    def stall(self, seconds: float, *, dead: bool) -> None:
        """Stop reading for so long; a connection that is then ``dead`` is cut."""
        if (socket := self._socket) is None:
            return
        self._reads.clear()
        loop = asyncio.get_running_loop()
        if dead:
            # Not a later connection that has taken its place.
            loop.call_later(seconds, socket.transport.abort)
        loop.call_later(seconds, self._reads.set)
