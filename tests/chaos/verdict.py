"""Afterwards: the provider's text, the database's and every page's are the same bytes."""

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.chaos.client import Tab
from tests.chaos.ledger import Kind, Ledger
from tests.chaos.reading import Reading
from tests.chaos.scene import Scene
from tests.chaos.talk import MARKER, Exchange
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.text import text_for

SETTLE_SECONDS = 30
REPLIES = """
    SELECT question.client_id, reply.id, reply.status, reply.content, reply.attempts,
           reply.error_detail
    FROM chat_message question
    LEFT JOIN chat_message reply ON reply.parent_id = question.id
    WHERE question.role = 'user'
"""
# Docket's own: the queue with its group of workers, and the lists of living workers, whose
# entries it removes by their age.
KEYS_WITHOUT_END = re.compile(r"rivulet:jobs:(stream|workers|task-workers:[a-z]+)")
# Only the mock provider says this, and only the messages say MARKER.
SAID = re.compile(f"{MARKER}|façade|größer")
# Where a log line begins; what follows it, without such a beginning, belongs to it.
RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ [A-Z]+ ", re.M)
# They tell of a broken connection with all its frames.
LIBRARIES = ("docket.", "channels_redis.")


class Verdict:
    """Blames what was lost, doubled or wrong."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._ledger = scene.ledger
        self._crowd = scene.crowd

    def judge(self) -> None:
        """While everything still runs, but nobody talks any more."""
        self._wait_for_rest()
        replies = self._replies()
        asked = self._asked()
        known = {str(row[1]) for rows in replies.values() for row in rows}
        for exchange in self._crowd.exchanges:
            self._judge_exchange(exchange, replies.pop(exchange.client_id, []), asked)
        for client_id in replies:
            self._ledger.blame("wrong", f"{client_id} was never sent, and is kept")
        for message_id in self._ledger.chunks.keys() - known:
            self._ledger.blame("wrong", f"{message_id}: pages show a reply that is not kept")
        self._judge_redis()

    # -- rest ----------------------------------------------------------------------------

    def _wait_for_rest(self) -> None:
        waits = {
            "replies are still being made": lambda: (
                not self._scene.stack.rows(
                    "SELECT id FROM chat_message WHERE status = 'processing'"
                )
            ),
            "the provider is still being asked": lambda: all(
                one["end"] for one in self._scene.stack.requests()
            ),
            "jobs are still in the queue": lambda: not pending(self._scene.stack),
        }
        for what, condition in waits.items():
            try:
                until(condition, seconds=SETTLE_SECONDS)
            except AssertionError:
                self._ledger.blame("wrong", f"{SETTLE_SECONDS} s after the end {what}")

    def _replies(self) -> dict[str, list[tuple[Any, ...]]]:
        found = defaultdict(list)
        for row in self._scene.stack.rows(REPLIES):
            found[row[0]].append(row)
        return found

    def _asked(self) -> dict[str, list[str]]:
        """What the provider was asked, by the name in the message's plan."""
        found = defaultdict(list)
        for request in self._scene.stack.requests():
            said = [one["content"] for one in request["messages"] if one["role"] == "user"]
            name = re.findall(rf'"marker": "({MARKER}[^"]*)"', said[-1])[-1]
            found[name].append(said[-1])
        return found

    # -- one message and its reply ----------------------------------------------------------

    def _judge_exchange(
        self, exchange: Exchange, rows: list[tuple[Any, ...]], asked: dict[str, list[str]]
    ) -> None:
        ledger, name = self._ledger, exchange.client_id
        ids = ledger.acknowledged[name]
        if len(rows) != 1 or len(ids) != 1 or str(rows[0][1]) not in ids:
            kind: Kind = "doubled" if len(rows) > 1 or len(ids) > 1 else "lost"
            kept = [str(row[1]) for row in rows]
            ledger.blame(kind, f"{name}: acknowledged as {sorted(ids)}, kept as {kept}")
            return
        _, reply_id, status, content, attempts, detail = rows[0]
        message_id = str(reply_id)
        questions = asked.get(name, [])
        ledger.counts["replies"] += 1
        ledger.counts[f"replies {status}"] += 1
        ledger.counts["times the provider was asked"] += len(questions)
        ledger.counts["hand-overs"] += attempts - 1
        resets = ledger.resets(message_id)
        ledger.counts["hand-overs that began again"] += resets
        ledger.counts["hand-overs that went on, or had no text yet"] += attempts - 1 - resets
        if len(questions) > attempts:
            ledger.blame("doubled", f"{name}: asked {len(questions)} times in {attempts} attempts")
        whole = text_for(questions[-1]) if questions else ""
        self._judge_status(exchange, status, content, whole, attempts, detail)
        if not exchange.log_lost:
            self._judge_chunks(message_id, content)
        for tab in exchange.tabs:
            self._judge_page(exchange, message_id, tab, status, content, whole)

    def _judge_status(
        self,
        exchange: Exchange,
        status: str,
        content: str,
        whole: str,
        attempts: int,
        detail: str,
    ) -> None:
        ledger, name = self._ledger, exchange.client_id
        if not whole.startswith(content):
            ledger.blame("wrong", f"{name}: {status}, and not what the provider said")
        match status:
            case "complete" if content != whole:
                ledger.blame("lost", f"{name}: kept {len(content)} of {len(whole)} characters")
            case "complete":
                pass
            case "stopped" if not exchange.stop_asked:
                ledger.blame("wrong", f"{name}: stopped by nobody")
            case "stopped" if exchange.log_lost:
                pass
            case "stopped" if len(content) < exchange.seen_at_stop and attempts == 1:
                seen = exchange.seen_at_stop
                ledger.blame("lost", f"{name}: {seen} characters shown, {len(content)} kept")
            case "stopped":
                pass
            case "failed" if attempts > 3 and detail.startswith("gave up"):
                ledger.counts["given up after three attempts"] += 1
            case "interrupted" if exchange.log_lost or exchange.after_loss:
                ledger.counts["interrupted where Redis lost everything"] += 1
            case _:
                ledger.blame("lost", f"{name}: {status} after {attempts} attempts: {detail}")

    def _judge_chunks(self, message_id: str, content: str) -> None:
        """All pages together: one end, after which there is nothing, and before it the text."""
        chunks = self._ledger.chunks[message_id]
        ends = [seq for seq, (kind, _) in chunks.items() if kind in ("end", "error")]
        if not ends:
            return  # Every page was loaded anew after it, and has the kept text.
        if ends != [max(chunks)]:
            self._ledger.blame("wrong", f"{message_id}: ends at {ends} of {max(chunks)}")
        streamed = self._ledger.text_upto(message_id, max(chunks))
        if streamed is not None and streamed != content:
            self._ledger.blame("wrong", f"{message_id}: streamed and kept text differ")

    def _judge_page(
        self,
        exchange: Exchange,
        message_id: str,
        tab: Tab,
        status: str,
        content: str,
        whole: str,
    ) -> None:
        ledger, name = self._ledger, exchange.client_id
        reading = tab.readings.get(message_id)
        if reading is None or not reading.is_finished:
            ledger.blame("lost", f"{name}: a page never saw the end of {message_id}: {reading}")
            return
        ledger.counts["texts compared"] += 1
        ledger.counts["bytes compared"] += len(content.encode())
        if reading.text != content:
            kind: Kind = "doubled" if len(reading.text) > len(content) else "lost"
            lengths = f"{len(reading.text)} characters, and {len(content)} are kept"
            ledger.blame(kind, f"{name}: a page shows {lengths} of {message_id}")
        if reading.status != status:
            ledger.blame("wrong", f"{name}: {status}, and {reading.status} on a page")
        if reading.replaced and not exchange.log_lost:
            ledger.blame("lost", f"{name}: the log was there, and a page could not go on from it")
        self._judge_beginning(name, message_id, reading, whole)

    def _judge_beginning(self, name: str, message_id: str, reading: Reading, whole: str) -> None:
        """What the server had put on the page in mid-stream."""
        if reading.page_seq < 0:
            return
        streamed = self._ledger.text_upto(message_id, reading.page_seq)
        if streamed is not None and streamed != reading.page_text:
            self._ledger.blame("wrong", f"{name}: a page began with another text than was streamed")
        if not whole.startswith(reading.page_text):
            self._ledger.blame("wrong", f"{name}: a page began with what nobody said")

    # -- what stays behind -------------------------------------------------------------------

    def _judge_redis(self) -> None:
        with redis_of(self._scene.stack) as redis:
            for key in redis.scan_iter(count=1000):
                name = key.decode()
                if redis.ttl(key) == -1 and not KEYS_WITHOUT_END.fullmatch(name):
                    self._ledger.blame("wrong", f"{name} stays in Redis for ever")


def redis_of(stack: Stack) -> Any:
    import redis

    return redis.Redis.from_url(stack.redis_url, socket_timeout=10)


def pending(stack: Stack) -> int:
    """Jobs that wait or are held by a worker."""
    with redis_of(stack) as redis:
        return int(redis.xlen("rivulet:jobs:stream"))


def judge_logs(folder: Path, ledger: Ledger) -> None:
    """No process wrote what a person or a model said, and none broke."""
    for log in sorted(folder.rglob("*.log")):
        text = log.read_text(errors="replace")
        if found := SAID.search(text):
            ledger.blame("wrong", f"{log.name} says {found[0]!r}")
        for record in RECORD.split(text):
            if "Traceback (most recent call last):" in record:
                _judge_traceback(record, ledger)


def _judge_traceback(record: str, ledger: Ledger) -> None:
    logger = record.partition(":")[0]
    error = [line for line in record.splitlines() if line and not line.startswith(" ")][-1]
    if logger.startswith(LIBRARIES) and error.startswith("redis.exceptions."):
        ledger.counts["tracebacks of libraries that Redis is away"] += 1
    else:
        ledger.blame("wrong", f"traceback of {logger}: {error}")
