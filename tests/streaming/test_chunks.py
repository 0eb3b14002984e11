"""Chunks: encoded once, kept small, read again as the same bytes."""

import uuid
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from streaming.chunks import CHUNK_TYPES, Chunk, entry, pack, text_of, unpack

texts = st.text(st.characters(exclude_categories=["Cs"]))
chunks = st.builds(
    Chunk,
    message_id=st.uuids(),
    conversation_id=st.uuids(),
    seq=st.integers(0, 2**31),
    chunk_type=st.sampled_from(CHUNK_TYPES),
    content=texts,
    metadata=st.dictionaries(texts, st.none() | st.integers(-(2**53), 2**53) | texts, max_size=3),
    timestamp=st.datetimes(
        min_value=datetime(2000, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)
    ),
)


@given(chunk=chunks, question=st.none() | texts)
def test_a_kept_chunk_is_read_as_the_bytes_that_were_sent(
    chunk: Chunk, question: str | None
) -> None:
    assert unpack(chunk.message_id, chunk.seq, pack(chunk, question)) == entry(chunk, question)


def test_what_is_kept_is_much_smaller_than_the_frame() -> None:
    chunk = Chunk(uuid.uuid4(), uuid.uuid4(), 7, "token", " river")
    assert len(pack(chunk)) < len(chunk.frame()) / 4


def test_a_reset_voids_the_text_so_far() -> None:
    ids = uuid.uuid4(), uuid.uuid4()
    made = [
        Chunk(*ids, 0, "start"),
        Chunk(*ids, 1, "token", "void"),
        Chunk(*ids, 2, "reset"),
        Chunk(*ids, 3, "token", "a\n"),
        Chunk(*ids, 4, "token", " b"),
    ]
    assert text_of([entry(chunk) for chunk in made]) == "a\n b"


def test_a_frame_is_what_the_contract_says() -> None:
    message_id, conversation_id = uuid.uuid4(), uuid.uuid4()
    moment = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    chunk = Chunk(message_id, conversation_id, 3, "token", "é\u2028", {}, moment)
    assert chunk.frame() == (
        '{"type":"stream","chunk_type":"token",'
        f'"message_id":"{message_id}","conversation_id":"{conversation_id}",'
        '"seq":3,"content":"é\u2028","metadata":{},'
        '"timestamp":"2026-01-02T03:04:05.000006+00:00"}'
    )
