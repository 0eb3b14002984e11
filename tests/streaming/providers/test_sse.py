"""The decoder of server-sent events."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.providers import sse
from streaming.providers.sse import Decoder, OversizedEvent

STREAM = (
    ": a comment\n"
    'event: message_start\ndata: {"text": "größer 👩\u200d💻"}\n\n'
    "data: one\ndata: two\n\n"
    "data:no space\nid: 7\nretry: 10\n\n"
    "event: nothing\n\n"
    "data\n\n"
    "data:  two spaces\u2028\n\n"
    "data: [DONE]\n\n"
)
EVENTS = [
    (b"message_start", '{"text": "größer 👩\u200d💻"}'.encode()),
    (b"", b"one\ntwo"),
    (b"", b"no space"),
    (b"", " two spaces\u2028".encode()),
    (b"", b"[DONE]"),
]


def decoded(*chunks: bytes) -> list[tuple[bytes, bytes]]:
    decoder = Decoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_stream_in_one_chunk_gives_its_events(newline: str) -> None:
    assert decoded(STREAM.replace("\n", newline).encode()) == EVENTS


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_stream_byte_by_byte_gives_the_same_events(newline: str) -> None:
    stream = STREAM.replace("\n", newline).encode()
    assert decoded(*(stream[at : at + 1] for at in range(len(stream)))) == EVENTS


@given(
    data=st.data(),
    lines=st.lists(
        st.sampled_from(["data: a", "data:ü", "data:", "event: e", ": c", "id: 1", "", "", "x"])
    ),
    newlines=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1),
)
def test_any_split_of_a_stream_gives_the_same_events(
    data: st.DataObject, lines: list[str], newlines: list[str]
) -> None:
    stream = "".join(
        line + newlines[number % len(newlines)] for number, line in enumerate(lines)
    ).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    edges = [0, *cuts, len(stream)]
    chunks = [stream[start:end] for start, end in itertools.pairwise(edges)]
    assert decoded(*chunks) == decoded(stream) == reference(stream)


def reference(stream: bytes) -> list[tuple[bytes, bytes]]:
    """The standard's algorithm, written down without a thought for chunks or speed."""
    events: list[tuple[bytes, bytes]] = []
    name, data = "", ""
    lines = stream.decode().replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line in lines[:-1]:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                events.append((name.encode(), data.removesuffix("\n").encode()))
            name, data = "", ""
        elif field == "data":
            data += value + "\n"
        elif field == "event":
            name = value
    return events


def test_an_event_that_the_end_of_the_stream_cuts_off_is_not_given() -> None:
    assert decoded(b"data: whole\n\ndata: half\n") == [(b"", b"whole")]


def test_an_event_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 1000)
    with pytest.raises(OversizedEvent):
        decoded(*[b"data: xxxxxxxx"] * 200)


def test_many_events_are_not_one_large_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 1000)
    decoder = Decoder()
    for _ in range(500):
        assert decoder.feed(b"data: xxxxxxxx\n\n") == [(b"", b"xxxxxxxx")]
