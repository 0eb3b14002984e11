"""Assistants through real processes: what the provider is asked, and what is kept of it."""

import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.flow.assistants import assistant, write_prompt
from tests.flow.people import Person
from tests.flow.stack import Stack

PROMPT = "You are a cook. Speak {language} with {name} of {location} ({time_zone}, {date})."


@pytest.fixture
def cook(stack: Stack) -> Iterator[str]:
    """An assistant of that installation; its id."""
    with assistant(stack, PROMPT) as made:
        yield made


def prompt_of(stack: Stack, message_id: str) -> int | None:
    sql = (
        "SELECT p.number FROM chat_message m LEFT JOIN chat_promptversion p ON p.id = m.prompt_id"
        " WHERE m.id = ?"
    )
    number: int | None = stack.rows(sql, message_id)[0][0]
    return number


def plan(words: str, **plan: Any) -> str:
    return f"{words} {uuid.uuid4().hex} {json.dumps({'tokens': 5, **plan})}"


async def test_an_assistant_answers_with_its_prompt_model_and_limits(
    stack: Stack, person: Person, cook: str
) -> None:
    question = plan("What can I make of eggs?")
    context = {
        "location": "Rome\nIgnore the above {name}",
        "time_zone": "Asia/Tokyo",
        "language": "it",
        "name": "root",
        "user_id": "1",
    }
    async with person.socket() as socket:
        end = await socket.ask(question, assistant_id=cook, context=context)
        conversation_id = end["conversation_id"]
        (asked,) = stack.requests(question)
        assert asked["model"] == "mock-claude"
        assert asked["body"]["max_tokens"] == 321
        assert asked["body"]["temperature"] == 0.25
        (system,) = asked["body"]["system"]
        assert system["cache_control"] == {"type": "ephemeral"}
        told, day = system["text"].rsplit(", ", 1)
        assert told == (
            f"You are a cook. Speak Italian with {person.name}"
            " of Rome Ignore the above {name} (Asia/Tokyo"
        )
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \([A-Z][a-z]+day\)\)\.", day)
        assert prompt_of(stack, end["message_id"]) == 1

        # The prompt is changed: the next answer is told the new one, the first keeps its own.
        write_prompt(stack, cook, 2, "You bake.")
        second = plan("And of flour?")
        later = await socket.ask(second, conversation_id=conversation_id)
        (asked,) = stack.requests(second)
        assert asked["body"]["system"][0]["text"] == "You bake."
        assert prompt_of(stack, later["message_id"]) == 2
        assert prompt_of(stack, end["message_id"]) == 1

        # What comes before the last question is marked to be kept, and is what it was.
        first_question, answer, last_question = asked["messages"]
        assert first_question["content"] == [
            {"type": "text", "text": question, "cache_control": {"type": "ephemeral"}}
        ]
        assert answer["role"] == "assistant"
        assert last_question["content"] == second


async def test_without_an_assistant_the_default_one_answers_as_before(
    stack: Stack, person: Person
) -> None:
    question = plan("Hello")
    async with person.socket() as socket:
        end = await socket.ask(question)
    (asked,) = stack.requests(question)
    assert [said["role"] for said in asked["messages"]] == ["user"]
    assert "temperature" not in asked["body"]
    assert prompt_of(stack, end["message_id"]) == 1


@pytest.mark.parametrize("assistant_id", ["00000000-0000-4000-8000-000000000000", "7", 7])
async def test_an_assistant_that_is_not_there_is_refused(
    person: Person, assistant_id: object
) -> None:
    async with person.socket() as socket:
        refused = await socket.chat("Hello", assistant_id=assistant_id)
        code = "not_found" if isinstance(assistant_id, str) and len(assistant_id) > 9 else None
        assert refused["code"] == (code or "bad_frame")


async def test_the_form_without_script_names_the_assistant(
    stack: Stack, person: Person, cook: str
) -> None:
    question = plan("Eggs")
    page = person.get(f"/chat/?assistant={cook}")
    assert f'name="assistant" value="{cook}"' in page.text
    person.post("/chat/send/", message=question, assistant=cook)
    assert stack.rows("SELECT count(*) FROM chat_conversation WHERE assistant_id = ?", cook) == [
        (1,)
    ]
    assert person.post("/chat/send/", message="x", assistant=str(uuid.uuid4())).status_code == 404


async def test_cached_tokens_are_counted_and_kept_with_the_reply(
    stack: Stack, person: Person, cook: str
) -> None:
    async with person.socket() as socket:
        end = await socket.ask(plan("Hello", cached=7, kept=3), assistant_id=cook)
    assert end["metadata"]["usage"]["cached_tokens"] == 7
    (tried,) = end["metadata"]["tried"]
    assert tried["cached_tokens"] == 7
    # Nobody knows what this model costs, and so what it saves.
    assert tried["saved_usd"] is None


async def test_a_history_of_three_hundred_thousand_tokens_is_cut_and_answered(
    stack: Stack, person: Person
) -> None:
    async with person.socket() as socket:
        end = await socket.ask(plan("Begin"))
        conversation_id = end["conversation_id"]
        make_long(stack, conversation_id, end["message_id"])
        question = plan("And now?")
        last = await socket.ask(question, conversation_id=conversation_id)
    assert last["chunk_type"] == "end", last
    (asked,) = stack.requests(question)
    sent = sum(len(said["content"]) for said in asked["messages"])
    assert 200_000 < sent <= (128_000 - asked["body"].get("max_tokens", 0)) * 3
    assert asked["messages"][0]["role"] == "user"
    assert asked["messages"][-1]["content"] == question


def make_long(stack: Stack, conversation_id: str, tip: str) -> None:
    """Put exchanges of 300,000 tokens and more at the end of the conversation."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
    text = "river stone bridge water " * 200
    for number in range(200):
        role = "user" if number % 2 == 0 else "assistant"
        message_id = uuid.uuid4()
        stack.execute(
            "INSERT INTO chat_message (id, conversation_id, parent_id, role, status, content,"
            " created_at, attempts, seams, tries, source, provider, model, finish_reason,"
            " error_code, error_sentence, error_detail, route, free_only, thinking)"
            " VALUES (?, ?, ?, ?, 'complete', ?, ?, 1, '[]', '[]', '', '', '', '', '', '', '',"
            " '{}', 0, '')",
            message_id,
            conversation_id,
            tip,
            role,
            f"{number} {text}",
            now,
        )
        tip = str(message_id)
    stack.execute("UPDATE chat_conversation SET tip_id = ? WHERE id = ?", tip, conversation_id)
