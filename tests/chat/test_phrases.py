"""Questions that staff foresee: what is accepted, and what counts as the same words."""

import pytest
from django.test import Client
from django.urls import reverse

from chat import phrases
from chat.models import InstantAnswer, User
from chat.phrases import BadPhrase, Phrase, words_of


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("What time is it?", "what time is it"),
        ("What's the time?", "WHAT’S THE TIME?!  "),
        ("What's the time?", "whats the time"),
        ("Wie spät ist es?", "wie spa\u0308t ist es?"),
        ("Straße gesperrt?", "STRASSE GESPERRT"),
        ("¿Qué hora es?", "qué hora es"),
        ("今何時ですか？", "今何時ですか"),
        ("What time is it?", "what time is it 🙂"),
        ("Half-day?", "half day"),
    ],
)
def test_capitals_and_punctuation_make_no_difference(written: str, asked: str) -> None:
    assert words_of(written) == words_of(asked)


@pytest.mark.parametrize(("one", "other"), [("What is C?", "What is C#?"), ("5", "5%")])
def test_signs_that_tell_words_apart_are_words(one: str, other: str) -> None:
    assert words_of(one) != words_of(other)


def test_a_star_leaves_one_place_open() -> None:
    assert phrases.phrase("Opening hours in *?") == Phrase(("opening", "hours", "in"), (), True)
    assert phrases.phrase("* opening hours").after == ("opening", "hours")


@pytest.mark.parametrize(
    "line", ["", "?!", "*", "what *", "* a * b c", "(a+)+$ * b * c", "word " * 60]
)
def test_what_would_answer_nothing_or_everything_is_refused(line: str) -> None:
    with pytest.raises(BadPhrase):
        phrases.read(line)


def test_an_answers_placeholders_are_filled_in_and_its_code_is_left_alone() -> None:
    values = {"date": "today", "time": "noon", "zone": "here"}
    filled = phrases.fill("{date} at {time}: `{ x: 1 }` { }} {{", values)
    assert filled == "today at noon: `{ x: 1 }` { }} {{"
    with pytest.raises(BadPhrase, match=r"\{name\}"):
        phrases.fill("{name}", values)


@pytest.mark.django_db
def test_staff_write_an_answer_and_are_told_what_is_wrong_with_it() -> None:
    staff = Client()
    staff.force_login(User.objects.create_superuser("keeper", password="x"))
    address = reverse("admin:chat_instantanswer_add")
    fields = {"questions": "When are you open?", "answer": "Always.", "language": "en"}
    for wrong in ({"questions": "when *"}, {"answer": "Until {closing}."}):
        page = staff.post(address, fields | wrong)
        assert page.status_code == 200
        assert "errorlist" in page.content.decode()
    assert staff.post(address, fields | {"is_active": "on"}).status_code == 302
    assert InstantAnswer.objects.get().is_active
