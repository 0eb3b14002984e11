"""A page on one conversation: does what static/js/conversation.js does, and checks more.

A browser forgives a chunk that comes twice; here that is a violation, like a hole. What each
connection says of a reply must be in order: from the cursor that was asked for, or from
``start`` where nothing was.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import Random

import httpx2

from tests.chaos.connection import Connection, Entrance
from tests.chaos.ledger import Frame, Ledger
from tests.chaos.page import articles
from tests.chaos.reading import PROCESSING, Reading

PASSING_CODES = ("rate_limited", "busy")
RETRY_SECONDS = 2.0
LOAD_AGAIN_SECONDS = 0.3


class Tab:
    """One page. ``readings`` are its replies by id, ``order`` all its messages."""

    def __init__(
        self,
        entrance: Entrance,
        cookie: str,
        http: httpx2.AsyncClient,
        dice: Random,
        ledger: Ledger,
        conversation_id: str = "",
    ) -> None:
        self.conversation_id = conversation_id
        self.readings: dict[str, Reading] = {}
        self.order: list[str] = []
        self._entrance = entrance
        self._cookie = cookie
        self._http = http
        self._ledger = ledger
        self._outbox: dict[str, dict[str, str]] = {}
        self._resting: set[str] = set()
        self._stops: set[str] = set()
        self._must_load = bool(conversation_id)
        # Of the present connection: the last seq it said of a reply, what was sent and asked.
        self._said: dict[str, int] = {}
        self._sent: set[str] = set()
        self._asked_again: set[str] = set()
        self._connected_at = datetime.now(UTC)
        self._tasks: set[asyncio.Task[None]] = set()
        self.connection = Connection(
            entrance, cookie, dice, ledger, opened=self._opened, received=self._received
        )

    def open(self) -> None:
        """Begin to live; `close` ends it."""
        self._run(self.connection.run(self._load))

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Future[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._ledger.blame("wrong", f"a page broke: {error!r}")

    # -- what the person does ------------------------------------------------------------

    async def submit(self, client_id: str, message: str, model: str) -> None:
        """Send a message, now or as soon as there is a connection."""
        self._outbox[client_id] = {"message": message, "model": model}
        await self._deliver(client_id)

    async def stop(self, message_id: str) -> None:
        """Stop a reply; asked again on every connection until it has ended."""
        self._stops.add(message_id)
        await self.connection.send(type="stop", message_id=message_id)

    def reload(self) -> None:
        """Throw the page away and get it anew, once it has an address."""
        if self.conversation_id:
            self._must_load = True
            self.connection.cut()

    def has_all(self, message_id: str) -> bool:
        reading = self.readings.get(message_id)
        return reading is not None and reading.is_finished

    # -- the page as the server renders it -----------------------------------------------

    async def _load(self) -> None:
        while self._must_load:
            address = f"{self._entrance.url}/chat/{self.conversation_id}/"
            try:
                answer = await self._http.get(address, headers={"Cookie": self._cookie})
            except httpx2.TransportError:
                self._ledger.counts["pages that did not come"] += 1
            else:
                if answer.status_code == 200:
                    self._take_over(answer.text)
                    return
                self._ledger.counts[f"pages with status {answer.status_code}"] += 1
            await asyncio.sleep(LOAD_AGAIN_SECONDS)

    def _take_over(self, page: str) -> None:
        self._must_load = False
        self._ledger.counts["pages loaded"] += 1
        self.readings.clear()
        self.order.clear()
        for article in articles(page):
            message_id = article["data-message-id"]
            self.order.append(message_id)
            if article["data-role"] == "user":
                continue
            text, seq = json.loads(article["data-text"]), int(article.get("data-seq", -1))
            status = article["data-status"]
            self.readings[message_id] = Reading(
                seq=seq, text=text, status=status, page_seq=seq, page_text=text
            )
            self._ledger.counts["pages loaded in mid-stream"] += status == PROCESSING

    # -- the connection stands: what was missed, what comes, what waits --------------------

    async def _opened(self) -> None:
        self._said.clear()
        self._sent.clear()
        self._asked_again.clear()
        self._connected_at = datetime.now(UTC)
        for message_id in self._unfinished():
            await self._resume(message_id)
        await self._follow()
        for client_id in self._outbox.keys() - self._resting:
            await self._deliver(client_id)
        await self._stop_again()

    def _unfinished(self) -> list[str]:
        return [key for key, reading in self.readings.items() if not reading.is_finished]

    async def _resume(self, message_id: str) -> None:
        self._ledger.counts["resumes"] += 1
        seq = self._said[message_id] = self.readings[message_id].seq
        await self.connection.send(type="resume", message_id=message_id, after=seq)

    async def _stop_again(self) -> None:
        self._stops = {message_id for message_id in self._stops if not self.has_all(message_id)}
        for message_id in list(self._stops):
            await self.connection.send(type="stop", message_id=message_id)

    async def _follow(self) -> None:
        if self.conversation_id:
            last = self.order[-1] if self.order else None
            await self.connection.send(
                type="open", conversation_id=self.conversation_id, after=last
            )

    async def _deliver(self, client_id: str) -> None:
        frame = {
            "type": "chat",
            **self._outbox[client_id],
            "conversation_id": self.conversation_id or None,
            "client_id": client_id,
            "stream": True,
        }
        self._sent.add(client_id)
        self._ledger.counts["sends"] += await self.connection.send(**frame)

    # -- frames arrive -------------------------------------------------------------------

    async def _received(self, frame: Frame) -> None:
        match frame["type"]:
            case "stream":
                await self._chunk(frame)
            case "message":
                self._message(frame["message"])
            case "error":
                self._error(frame)

    async def _chunk(self, chunk: Frame) -> None:
        message_id, seq = chunk["message_id"], chunk["seq"]
        self._ledger.saw(chunk)
        if chunk["chunk_type"] == "start":
            self._acknowledged(chunk)
        self._note(message_id)
        reading = self.readings.setdefault(message_id, Reading())
        self._check_order(chunk, reading)
        if reading.is_finished or seq <= reading.seq:
            return
        if seq > reading.seq + 1:
            self._asked_again.add(message_id)
            await self._resume(message_id)
            return
        reading.take(chunk)
        if datetime.fromisoformat(chunk["timestamp"]) < self._connected_at:
            self._ledger.counts["chunks by replay"] += 1
        if reading.is_finished:
            self._stops.discard(message_id)

    def _acknowledged(self, start: Frame) -> None:
        client_id = start["metadata"]["client_id"]
        self._note(start["metadata"]["user_message_id"])
        if client_id in self._sent:
            self._ledger.acknowledged[client_id].add(start["message_id"])
            self._outbox.pop(client_id, None)
            self.conversation_id = self.conversation_id or start["conversation_id"]

    def _check_order(self, chunk: Frame, reading: Reading) -> None:
        message_id, seq = chunk["message_id"], chunk["seq"]
        last = self._said.get(message_id, -1)
        if seq == last + 1:
            self._said[message_id] = seq
            return
        place = f"{message_id} seq {seq} after {last} on one connection"
        if chunk["chunk_type"] == "start" and chunk["metadata"]["client_id"] in self._sent:
            # The acknowledgement once more; of a reply that has ended, all once more.
            self._said[message_id] = 0 if reading.is_finished else last
            return
        self._said[message_id] = seq
        if seq > last + 1:
            self._ledger.blame("lost", f"{place}: a hole")
        elif message_id not in self._asked_again:
            self._ledger.blame("doubled", f"{place}: a repeat")

    def _message(self, message: Frame) -> None:
        self._note(message["id"])
        if message["role"] != "assistant":
            return
        reading = self.readings.setdefault(message["id"], Reading())
        if not reading.is_finished:
            self._ledger.counts["whole messages instead of chunks"] += 1
            reading.replace(message)
            self._stops.discard(message["id"])

    def _note(self, message_id: str) -> None:
        if message_id not in self.order:
            self.order.append(message_id)

    # -- refusals ------------------------------------------------------------------------

    def _error(self, frame: Frame) -> None:
        self._ledger.counts[f"answers {frame['code']}"] += 1
        client_id = frame.get("client_id", "")
        seconds = frame.get("retry_after", RETRY_SECONDS)
        if client_id in self._outbox:
            if frame["code"] in PASSING_CODES:
                self._resting.add(client_id)
                self._run(self._after(seconds, lambda: self._send_again(client_id)))
            else:
                self._ledger.blame("lost", f"send {client_id} refused: {frame['code']}")
        elif frame["code"] in PASSING_CODES:
            # It does not say about what: everything is asked again. Where it was a `resume`,
            # the `open` after it begins at the start.
            self._asked_again.update(self._unfinished())
            self._run(self._after(seconds, self._ask_again))

    async def _after(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(seconds)
        await act()

    async def _send_again(self, client_id: str) -> None:
        self._resting.discard(client_id)
        if client_id in self._outbox:
            await self._deliver(client_id)

    async def _ask_again(self) -> None:
        for message_id in self._unfinished():
            self._asked_again.add(message_id)
            await self._resume(message_id)
        await self._follow()
        await self._stop_again()
