"""Titles that a model made: what is taken from what it says."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from chat.models import Conversation, User
from chat.models.conversations import TITLE_MAX_CHARS
from chat.titles import clean, is_wanted, retitle
from config.catalogue import LOCAL, Catalogue, Model
from streaming.generation.titles import models_for

SMALL = Model("openai", "small", "regional")
LARGE = Model("anthropic", "large", "cloud")


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Rivers and stones", "Rivers and stones"),
        ('"Rivers and stones."\n', "Rivers and stones"),
        ("\n\n  **Title: Rivers**  \nBecause it is about rivers.", "Rivers"),
        ("Titel: „Flüsse“", "Flüsse"),
        ("# Rivers", "Rivers"),
        ("「川の流れ」。", "川の流れ"),
        ("Why do rivers meander?", "Why do rivers meander?"),
        ("Rivers\u202e\x07", "Rivers"),
        ("", ""),
        ('""', ""),
        ("\n \n", ""),
        ("Rivers are natural flowing watercourses, usually freshwater, that flow to the sea", ""),
    ],
)
def test_a_title_is_cleaned(said: str, title: str) -> None:
    assert clean(said) == title


def test_a_long_title_is_cut() -> None:
    assert len(clean("x" * 500)) <= TITLE_MAX_CHARS


@pytest.mark.parametrize(
    ("catalogue", "answered", "expected"),
    [
        (Catalogue((LARGE,), (SMALL,)), ("anthropic", "large"), [SMALL, LARGE]),
        (Catalogue((LARGE,), (SMALL,)), ("openai", "small"), [SMALL]),
        (Catalogue((LARGE,), ()), ("anthropic", "large"), [LARGE]),
        (Catalogue((LARGE,), (LOCAL,)), ("anthropic", "large"), [LARGE]),
        (Catalogue((), (LOCAL,)), (LOCAL.provider, LOCAL.name), []),
        (Catalogue((), (LOCAL, SMALL)), (LOCAL.provider, LOCAL.name), [SMALL]),
    ],
)
def test_the_small_models_are_asked_first_and_the_local_one_never(
    catalogue: Catalogue, answered: tuple[str, str], expected: list[Model]
) -> None:
    assert models_for(catalogue, answered) == expected


def tried(cost_usd: str | None) -> dict[str, Any]:
    began = "2026-11-21T10:00:00+00:00"
    return {"provider": "openai", "model": "small", "began_at": began, "cost_usd": cost_usd}


@pytest.fixture
def conversation(db: None) -> Conversation:
    return Conversation.objects.create(owner=User.objects.create_user("person"), title="First")


def test_a_model_names_a_conversation_once(conversation: Conversation) -> None:
    retitle(conversation.id, "Second", [tried("0.0001")])
    assert not is_wanted(conversation.id)
    retitle(conversation.id, "Third", [tried(None)])
    conversation.refresh_from_db()
    assert (conversation.title, conversation.title_by) == ("Second", "model")
    assert conversation.title_cost_usd == Decimal("0.0001")


def test_a_persons_title_stays(conversation: Conversation) -> None:
    Conversation.objects.update(title="Mine", title_by=Conversation.TitleBy.PERSON)
    retitle(conversation.id, "The model's", [tried("0.0001")])
    conversation.refresh_from_db()
    assert conversation.title == "Mine"
    assert conversation.title_cost_usd == Decimal("0.0001")


def test_nothing_said_and_nobody_there_change_nothing(conversation: Conversation) -> None:
    retitle(conversation.id, "", [tried(None)])
    retitle(uuid.uuid4(), "Title", [tried("1")])
    conversation.refresh_from_db()
    assert conversation.title == "First"
