"""Other versions of a reply, asked for without a socket."""

import json
import re
import uuid

from tests.flow.api import Data, Program
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.provider.asking import plan
from tests.provider.text import text_for

ACTS = ("regenerate", "continue", "select")


def events_of(program: Program, path: str, **fields: object) -> list[Data]:
    response = program.post(path, **fields)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return [json.loads(line) for line in re.findall(r"^data: (.*)$", response.text, re.MULTILINE)]


def test_another_version_comes_as_events_and_the_first_is_shown_again(
    person: Person, stack: Stack
) -> None:
    program, message = Program(person), plan(tokens=12)
    first = program.post("chat", message=message).json()
    client_id = uuid.uuid4().hex
    path = f"messages/{first['message_id']}/regenerate"
    second = events_of(program, path, client_id=client_id)
    assert second[0]["type"] == "metadata"
    assert second[0]["client_id"] == client_id
    assert second[0]["message_id"] != first["message_id"]
    assert second[-1]["status"] == "complete"
    written = "".join(event["content"] for event in second if event["type"] == "token")
    assert written == text_for(message) == stack.reply(second[0]["message_id"])["content"]
    # Sent again it is the same one.
    again = events_of(program, path, client_id=client_id)
    assert again[0]["message_id"] == second[0]["message_id"]
    assert len(stack.requests(message)) == 2
    shown = program.post(f"messages/{first['message_id']}/select").json()
    assert shown["tip_id"] == first["message_id"]
    page = program.get(f"conversations/{first['conversation_id']}").json()
    assert page["messages"][-1]["id"] == first["message_id"]


def test_the_rest_of_a_complete_reply_is_refused(person: Person) -> None:
    program = Program(person)
    whole = program.post("chat", message=plan(tokens=3)).json()
    refused = program.refused("POST", f"messages/{whole['message_id']}/continue", json={})
    assert refused == (400, "bad_frame")


def test_foreign_and_unknown_replies_look_the_same(person: Person, other: Person) -> None:
    foreign = Program(person).post("chat", message=plan(tokens=2)).json()["message_id"]
    for act in ACTS:
        for message_id in (foreign, uuid.UUID(int=7)):
            refused = Program(other).refused("POST", f"messages/{message_id}/{act}", json={})
            assert refused == (404, "not_found")
