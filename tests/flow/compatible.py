"""Keys for other vendors' clients, made behind everybody's back, and what a stack keeps of them."""

import hashlib
import json
import uuid
from typing import Any

from tests.flow.people import Person
from tests.flow.stack import Stack


def make_key(person: Person, *scopes: str, keeps: bool = False) -> str:
    """A key's secret; by default it may chat."""
    secret = f"rvl_{uuid.uuid4().hex}"
    person.stack.execute(
        "INSERT INTO chat_apikey (id, owner_id, name, prefix, hash, scopes, keeps_conversations,"
        " created_at) SELECT ?, id, 'a program', 'rvl_', ?, ?, ?, '2026-11-21'"
        " FROM chat_user WHERE replace(username, '-', '') = ?",
        uuid.uuid4(),
        hashlib.sha256(secret.encode()).hexdigest(),
        json.dumps(scopes or ["chat"]),
        int(keeps),
        person.name,
    )
    return secret


def ask(words: str = "What now?", **plan: Any) -> str:
    """A question of its own, and what the provider is to do with it."""
    return f"{words} {uuid.uuid4().hex} {json.dumps({'tokens': 6, **plan})}"


def kept(stack: Stack, question: str) -> list[str]:
    """The conversations in which this was asked."""
    sql = "SELECT conversation_id FROM chat_message WHERE instr(replace(content, '-', ''), ?)"
    return [str(uuid.UUID(str(row[0]))) for row in stack.rows(sql, question)]


def spent(person: Person) -> int:
    """The calls that the ledger has for them."""
    sql = (
        "SELECT coalesce(sum(calls), 0) FROM chat_spending JOIN chat_user u ON u.id = person_id"
        " WHERE replace(u.username, '-', '') = ?"
    )
    calls: int = person.stack.rows(sql, person.name)[0][0]
    return calls
