"""Assistants in a stack's database, made behind everybody's back."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from tests.flow.stack import Stack


@contextmanager
def assistant(stack: Stack, prompt: str, starters: str = "", **switches: bool) -> Iterator[str]:
    """One that answers by `anthropic:mock-claude`, offered until the end; its id is its name.

    ``switches`` are fields of it: ``is_public``, ``caches_answers``, ``gives_instant_answers``.
    """
    name = str(uuid.uuid4())
    stack.execute(
        "INSERT INTO chat_assistant (id, name, picture, description, tier, model, temperature,"
        " output_tokens_max, starters, is_offered, is_default, position, caches_answers,"
        " gives_instant_answers, is_public)"
        " VALUES (?, ?, '🍳', 'Cooks with you', '', 'anthropic:mock-claude', 0.25, 321, ?,"
        " 1, 0, 0, 1, 1, 0)",
        name,
        name,
        starters,
    )
    for field, value in switches.items():
        stack.execute(f"UPDATE chat_assistant SET {field} = ? WHERE id = ?", int(value), name)
    write_prompt(stack, name, 1, prompt)
    yield name
    stack.execute("UPDATE chat_assistant SET is_offered = 0 WHERE id = ?", name)


def write_prompt(stack: Stack, assistant_id: str, number: int, text: str) -> None:
    """Another version of its prompt."""
    stack.execute(
        "INSERT INTO chat_promptversion (assistant_id, number, text, created_at)"
        " VALUES (?, ?, ?, '2026-11-21')",
        assistant_id,
        number,
        text,
    )
    newest = "(SELECT max(id) FROM chat_promptversion WHERE assistant_id = ?)"
    stack.execute(
        f"UPDATE chat_assistant SET prompt_id = {newest} WHERE id = ?", assistant_id, assistant_id
    )
