"""Which questions get an instant answer, and what it says."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from chat import phrases
from chat.models import InstantAnswer, Message
from streaming.edge import Edge, instant
from streaming.edge.given import Wish
from streaming.edge.instant import Answer, Index, InstantAnswers, built_in, filled
from streaming.metrics.tally import Tally

NOON = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


def wish(question: str, **fields: object) -> Wish:
    asked = Message(role=Message.Role.USER, content=question, author_id=uuid.uuid4())
    known: dict[str, Any] = {
        "conversation_id": uuid.uuid4(),
        "owner_id": asked.author_id,
        "said": [asked],
    }
    known |= {"tier": "regional", "models": [], "asked_at": NOON}
    return Wish(**(known | fields))


def index(**answers: str) -> Index:
    """Of answers named by what they say; the questions are divided by |."""
    return Index.of(
        (phrases.read(questions.replace("|", "\n")), Answer(name, "en"))
        for name, questions in answers.items()
    )


def found(known: Index, question: str) -> str | None:
    answer = known.find(question)
    return answer.text if answer else None


def test_a_whole_question_is_found_and_a_part_of_one_is_not() -> None:
    known = index(hours="When are you open?|Opening hours")
    assert found(known, "when are you OPEN") == "hours"
    assert found(known, "When are you open to new ideas?") is None
    assert found(known, "open") is None
    assert found(known, "") is None


def test_the_open_place_takes_one_to_six_words_and_whoever_names_more_wins() -> None:
    known = index(any="where is *", room="where is the * room", end="* in the office")
    assert found(known, "Where is Anna?") == "any"
    assert found(known, "Where is the meeting room?") == "room"
    assert found(known, "Is Anna in the office?") == "end"
    assert found(known, "where is") is None
    assert found(known, "where is " + "very " * 6 + "far") is None


def test_of_two_answers_to_the_same_question_the_first_stays() -> None:
    assert found(index(first="hello there", second="Hello, there!"), "hello there") == "first"


def test_no_text_is_too_strange_to_be_looked_up() -> None:
    known = index(any="where is *")
    for text in ("*" * 200, "\x01\u202e\ud83d", "where is " + "\u0300" * 180, "a " * 100_000):
        found(known, text)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("What time is it?", "12:30 a.m.** (Europe/Berlin)"),
        ("Wie spät ist es?", "00:30 Uhr** (Europe/Berlin)"),
        ("What day is it today?", "Monday, March 2, 2026"),
        ("Welches Datum haben wir heute?", "Montag, 2. März 2026"),
        ("What can you do?", "I answer questions"),
        ("Was können Sie?", "Ich beantworte Fragen"),
    ],
)
def test_date_and_time_are_those_of_the_person_who_asks(question: str, says: str) -> None:
    answer = Index.of(built_in()).find(question)
    assert answer is not None
    assert says in filled(answer, NOON, "Europe/Berlin")


@pytest.mark.parametrize("zone", ["", "Nowhere/Else", "../../etc/passwd", "Europe"])
def test_without_a_zone_it_is_utcs_time_and_says_so(zone: str) -> None:
    answer = Index.of(built_in()).find("What time is it?")
    assert answer is not None
    assert "11:30 p.m.** (UTC)" in filled(answer, NOON, zone)


def test_no_built_in_question_has_two_answers() -> None:
    asked = [phrase for read, _ in built_in() for phrase in read]
    assert len(set(asked)) == len(asked)


@pytest.mark.django_db(transaction=True)
async def test_an_assistant_that_gives_no_instant_answers_gives_none(settings: Any) -> None:
    settings.CHAT_CACHE_SECONDS = 0.0
    edge = Edge(Tally())
    given = await edge.answer(wish("What can you do?"))
    assert given is not None
    assert await edge.answer(wish("What can you do?", gives_instant_answers=False)) is None


@pytest.mark.django_db(transaction=True)
async def test_what_staff_write_goes_before_what_is_built_in(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = InstantAnswers()
    monkeypatch.setattr(instant, "FRESH_SECONDS", 0.0)
    row = await InstantAnswer.objects.acreate(questions="What can you do?", answer="Everything.")
    given = await answers.answer(wish("what can you do"))
    assert given is not None
    assert (given.text, given.source) == ("Everything.", "edge")
    row.is_active = False
    await row.asave()
    given = await answers.answer(wish("what can you do"))
    assert given is not None
    assert given.text.startswith("I answer")
    settings.CHAT_INSTANT = False
    assert await answers.answer(wish("what can you do")) is None
    await InstantAnswer.objects.acreate(questions="*", answer="Written past the admin.")
    settings.CHAT_INSTANT = True
    assert await answers.answer(wish("Something else altogether")) is None
