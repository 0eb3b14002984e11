"""What chaos relies on can fail: each kind of harm is noticed, and nothing else is."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import httpx2
import msgpack
import pytest

from tests.chaos.client import Tab
from tests.chaos.ledger import Ledger
from tests.chaos.redis_proxy import RedisProxy
from tests.chaos.verdict import judge_logs

REPLY = str(uuid.uuid4())
NOWHERE = SimpleNamespace(url="", socket_url="")


def chunk(seq: int, kind: str = "token", content: str = "x") -> dict[str, Any]:
    return {
        "type": "stream",
        "chunk_type": kind,
        "message_id": REPLY,
        "conversation_id": "here",
        "seq": seq,
        "content": content,
        "metadata": {"client_id": "mine", "user_message_id": "question", "status": "complete"},
        "timestamp": "2026-01-01T00:00:00+00:00",
    }


@pytest.fixture
async def tab() -> AsyncIterator[Tab]:
    async with httpx2.AsyncClient() as http:
        yield Tab(NOWHERE, "", http, Random(0), Ledger())


async def heard(tab: Tab, *chunks: dict[str, Any]) -> list[str]:
    for one in chunks:
        await tab.connection._received(one)
    return [kind for kind, _ in tab._ledger.violations]


async def test_chunks_in_order_are_right(tab: Tab) -> None:
    assert not await heard(tab, chunk(0, "start"), chunk(1), chunk(2, "reset"), chunk(3, "end"))
    assert tab.has_all(REPLY)


async def test_a_hole_is_a_loss(tab: Tab) -> None:
    assert await heard(tab, chunk(0, "start"), chunk(2)) == ["lost"]


async def test_a_reply_that_begins_in_the_middle_is_a_loss(tab: Tab) -> None:
    assert await heard(tab, chunk(3)) == ["lost"]


async def test_a_repeat_is_doubled(tab: Tab) -> None:
    assert await heard(tab, chunk(0, "start"), chunk(1), chunk(1)) == ["doubled"]


async def test_a_repeated_start_is_the_answer_to_a_repeated_send_only(tab: Tab) -> None:
    await tab.submit("mine", "hello", "")
    assert not await heard(tab, chunk(0, "start"), chunk(1), chunk(0, "start"), chunk(2))
    tab._sent.clear()
    assert await heard(tab, chunk(0, "start")) == ["doubled"]


async def test_another_text_in_the_same_place_is_wrong(tab: Tab) -> None:
    await heard(tab, chunk(0, "start"), chunk(1, content="x"))
    tab._ledger.saw(chunk(1, content="y"))
    assert [kind for kind, _ in tab._ledger.violations] == ["wrong"]


@pytest.mark.parametrize(
    "line",
    [
        '2026-01-01 00:00:00,000 INFO rivulet: {"marker": "krill-1-1"}\n',
        "2026-01-01 00:00:00,000 ERROR rivulet: \nTraceback (most recent call last):\nKeyError\n",
        "Traceback (most recent call last):\n  File x\nredis.exceptions.ConnectionError\n",
    ],
)
def test_a_log_with_a_persons_text_or_a_traceback_is_wrong(tmp_path: Path, line: str) -> None:
    ledger = Ledger()
    (tmp_path / "web.log").write_text(f"2026-01-01 00:00:00,000 INFO rivulet.web: ready\n{line}")
    judge_logs(tmp_path, ledger)
    assert ledger.many("wrong") == 1


def test_the_proxy_loses_as_many_group_messages_as_it_is_told_to() -> None:
    proxy = RedisProxy(0)
    proxy._loop.close()
    sent = [_message(f"rivulet__group__conversation.{seq}", seq) for seq in range(3)]
    other = _message("rivulet:stops", 7)
    proxy.to_drop = 2
    kept, rest = proxy._kept(b"+OK\r\n" + other + b"".join(sent) + other[:20])
    assert kept == b"+OK\r\n" + other + sent[2]
    assert rest == other[:20]
    assert proxy.dropped == [(REPLY, 0), (REPLY, 1)]


def _message(channel: str, seq: int) -> bytes:
    content = msgpack.packb({"message_id": REPLY, "seq": seq, "frame": "a\r\nb"})
    return (
        b"*3\r\n$7\r\nmessage\r\n$%d\r\n%b\r\n" % (len(channel), channel.encode())
    ) + b"$%d\r\n%b\r\n" % (len(content), content)
