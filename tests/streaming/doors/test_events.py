"""What a reply looks like as server-sent events."""

import uuid
from typing import Any

import orjson
import pytest

from chat.models import Message
from streaming.chunks import CHUNK_TYPES, SEQ_MAX, Chunk, ChunkType, Entry, entry
from streaming.doors.api.events import ENCODINGS, Events, PlainText
from streaming.errors import Unauthenticated

MESSAGE = uuid.UUID(int=1)
CONVERSATION = uuid.UUID(int=2)


def made(kind: ChunkType, seq: int = 3, content: str = "", **metadata: Any) -> Entry:
    return entry(Chunk(MESSAGE, CONVERSATION, seq, kind, content, metadata))


def read(events: str) -> list[tuple[str, Any]]:
    """Id and data of each event."""
    found = []
    for block in events.removesuffix("\n\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        data = fields["data"]
        found.append((fields.get("id", ""), data if data == "[DONE]" else orjson.loads(data)))
    return found


def row(**fields: Any) -> Message:
    return Message(id=MESSAGE, conversation_id=CONVERSATION, role="assistant", attempts=1, **fields)


def test_the_beginning_carries_the_ids() -> None:
    told = Events().chunk(made("start", 0, status="processing", client_id="mine"))
    assert read(told) == [
        (
            "0",
            {
                "type": "metadata",
                "content": "",
                "message_id": str(MESSAGE),
                "conversation_id": str(CONVERSATION),
                "status": "processing",
                "client_id": "mine",
            },
        )
    ]


@pytest.mark.parametrize("text", ["a\nb\r\nc\r", "data: x\n\nid: 9\n\n", "\u2028 \x85 \x00", "🐟"])
def test_a_text_stays_one_event_whatever_it_holds(text: str) -> None:
    told = Events().chunk(made("token", content=text))
    assert [len(told.splitlines()), len(told.split("\n"))] == [3, 4]
    assert read(told) == [("3", {"type": "token", "content": text})]
    assert read(PlainText().chunk(made("token", content=text))) == [("3", {"text": text})]


@pytest.mark.parametrize("kind", CHUNK_TYPES)
def test_every_chunk_is_an_event_of_the_contract(kind: ChunkType) -> None:
    ((event_id, data),) = read(Events().chunk(made(kind, code="internal")))
    assert event_id == "3"
    assert data["type"] in {
        "metadata", "token", "tool_call", "tool_result", "reset", "complete", "error",
    }  # fmt: skip


def test_metadata_cannot_take_the_place_of_type_and_content() -> None:
    told = Events().chunk(made("tool_call", content="x", type="function", id="7"))
    assert read(told)[0][1] == {"type": "tool_call", "content": "x", "id": "7"}


def test_the_end_carries_the_figures() -> None:
    ((_, data),) = read(Events().chunk(made("end", status="complete", finish_reason="stop")))
    assert data == {
        "type": "complete", "content": "", "status": "complete", "finish_reason": "stop",
    }  # fmt: skip
    assert read(PlainText().chunk(made("end"))) == [("3", "[DONE]")]


def test_plain_text_says_what_is_void_and_what_failed() -> None:
    plain = PlainText()
    assert [plain.chunk(made(kind)) for kind in ("start", "metadata", "tool_call")] == [""] * 3
    assert read(plain.chunk(made("reset"))) == [("3", {"text": "", "reset": True})]
    failed = read(plain.chunk(made("error", content="No.", code="internal")))
    assert failed == [
        ("", {"text": "", "error": {"code": "internal", "message": "No."}}),
        ("3", "[DONE]"),
    ]


def test_a_saved_reply_is_told_whole() -> None:
    told = read(Events().saved(row(status="complete", content="All."), seen=False))
    assert [(id_, data["type"]) for id_, data in told] == [
        ("0", "metadata"), ("", "token"), (str(SEQ_MAX), "complete"),
    ]  # fmt: skip
    assert told[0][1]["message_id"] == str(MESSAGE)
    assert told[1][1]["content"] == "All."
    plain = read(PlainText().saved(row(status="complete", content="All."), seen=False))
    assert plain == [("", {"text": "All."}), (str(SEQ_MAX), "[DONE]")]


@pytest.mark.parametrize("encoding", ENCODINGS.values())
def test_a_saved_reply_voids_what_its_reader_has(encoding: Any) -> None:
    first = read(encoding.saved(row(status="complete", content="All."), seen=True))[0][1]
    assert first.get("type") == "reset" or first["reset"]


def test_a_saved_reply_that_failed_says_why() -> None:
    failed = row(status="failed", error_code="provider_rejected", error_sentence="Refused.")
    *_, (_, data) = read(Events().saved(failed, seen=False))
    assert (data["type"], data["content"], data["retryable"]) == ("error", "Refused.", False)
    assert data["code"] == "provider_rejected"
    plain = read(PlainText().saved(failed, seen=False))
    assert plain[0][1]["error"]["message"] == "Refused."


def test_a_stream_that_cannot_go_on_says_so() -> None:
    ((event_id, data),) = read(Events().error(Unauthenticated()))
    assert event_id == ""
    assert (data["type"], data["code"], data["retryable"]) == ("error", "unauthenticated", False)
