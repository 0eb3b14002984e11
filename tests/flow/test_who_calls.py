"""Who is let in at the HTTP doors: a session with its token, or a key that holds."""

import re
import uuid

from chat.keys import hashed
from tests.flow.api import NOBODYS, Program
from tests.flow.keys import key_of
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.provider.asking import plan


def test_nobody_is_told_to_sign_in(program: Program) -> None:
    program.headers = {}
    for method, path in (
        ("POST", "chat"),
        ("POST", "chat/stream"),
        ("GET", "conversations"),
        ("GET", f"conversations/{NOBODYS}"),
        ("GET", f"messages/{NOBODYS}"),
        ("GET", f"messages/{NOBODYS}/stream"),
        ("POST", f"messages/{NOBODYS}/stop"),
    ):
        assert program.refused(method, path) == (401, "unauthenticated")


async def test_a_page_does_not_speak_for_who_signed_in_at_its_browser_since(
    stack: Stack, person: Person
) -> None:
    program = Program(person)
    whose = re.search(r'data-person="([^"]+)"', person.get("/chat/").text)
    assert whose
    own = plan(tokens=2)
    as_another = {"X-Person": str(uuid.uuid4())}
    for method, path in (("POST", "chat"), ("POST", "chat/stream"), ("GET", "conversations")):
        options = {"json": {"message": own}} if method == "POST" else {}
        refused = program.refused(method, path, headers=as_another, **options)
        assert refused == (401, "unauthenticated")
    assert stack.requests(own) == []
    program.headers["X-Person"] = whose[1]
    assert program.post("chat", message=own).status_code == 200


def test_a_session_alone_sends_nothing(program: Program) -> None:
    program.headers = {"Cookie": program.headers["Cookie"]}
    for path in ("chat", "chat/stream", f"messages/{NOBODYS}/stop"):
        assert program.refused("POST", path, json={"message": "x"}) == (403, "forbidden")


def test_a_key_that_no_longer_holds_is_none(program: Program) -> None:
    for change in ("revoked_at", "expires_at"):
        key = key_of(program.person)
        program.headers = {"Authorization": f"Bearer {key}"}
        assert program.get("conversations").status_code == 200
        sql = f"UPDATE chat_apikey SET {change} = '2020-01-01 00:00:00' WHERE hash = ?"
        program.person.stack.execute(sql, hashed(key))
        for method, path in (
            ("POST", "chat"),
            ("POST", "chat/stream"),
            ("GET", "conversations"),
            ("GET", f"messages/{NOBODYS}/stream"),
        ):
            assert program.refused(method, path) == (401, "unauthenticated")
