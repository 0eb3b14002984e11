"""A whole reply as JSON, stop, and what was said before."""

import json
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor

import redis

from streaming.doors.api.shapes import (
    ChatAnswer,
    ConversationList,
    ConversationPage,
    FailedAnswer,
    MessageShape,
)
from tests.flow.api import NOBODYS, Program
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

OF_REPLY = """FROM chat_message reply JOIN chat_message question
    ON reply.parent_id = question.id WHERE question.client_id = ?"""
ID_OF_REPLY = f"SELECT reply.id {OF_REPLY}"
CONVERSATION_OF_REPLY = f"SELECT reply.conversation_id {OF_REPLY}"
STATUS_OF_REPLY = f"SELECT reply.status {OF_REPLY}"


def test_a_message_is_answered_with_the_whole_reply(person: Person, stack: Stack) -> None:
    program, message = Program(person), plan(tokens=20)
    response = program.post("chat", message=message)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "private, no-store"
    answer = ChatAnswer.model_validate(response.json())
    assert answer.response == text_for(message) == stack.reply(str(answer.message_id))["content"]
    assert (answer.status, answer.source, answer.model) == ("complete", "cloud", "mock")
    assert answer.usage.output_tokens == 20
    again = program.post("chat", message="And?", conversation_id=str(answer.conversation_id))
    assert again.json()["conversation_id"] == str(answer.conversation_id)


def test_a_repeated_send_gives_the_same_reply_and_asks_once(person: Person, stack: Stack) -> None:
    message, client_id = plan(tokens=40, rate=40), uuid.uuid4().hex
    programs = [Program(person, web) for web in stack.webs]
    with ThreadPoolExecutor() as pool:
        sent = [
            pool.submit(one.post, "chat", message=message, client_id=client_id)
            for one in programs * 2
        ]
        answers = [one.result().json() for one in sent]
    answers.append(programs[0].post("chat", message=message, client_id=client_id).json())
    assert {one["message_id"] for one in answers} == {answers[0]["message_id"]}
    assert {one["response"] for one in answers} == {text_for(message)}
    assert {one["client_id"] for one in answers} == {client_id}
    assert len(stack.requests(message)) == 1


def test_a_reply_that_fails_says_so_with_its_status(person: Person) -> None:
    # Both models fail after some words.
    response = Program(person).post("chat", message=plan(tokens=20, fault="cut", at=5))
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    failed = FailedAnswer.model_validate(response.json())
    assert failed.error.code == "provider_unavailable"
    assert failed.status == "failed"
    assert failed.response


def test_who_does_not_wait_stops_nothing_and_costs_nothing(person: Person, stack: Stack) -> None:
    program, message, client_id = Program(person), plan(tokens=240, rate=40), uuid.uuid4().hex
    client = redis.Redis(port=stack.redis_port)
    body = json.dumps({"message": message, "client_id": client_id})
    headers = [word for item in program.headers.items() for word in ("-H", ": ".join(item))]

    def followers() -> int:
        """The web processes that listen to its conversation."""
        ((conversation_id,),) = stack.rows(CONVERSATION_OF_REPLY, client_id)
        group = f"rivulet__group__conversation.{uuid.UUID(str(conversation_id))}"
        count: int = client.pubsub_numsub(group)[0][1]
        return count

    with subprocess.Popen(["curl", "-sS", f"{program.url}/chat", "--json", body, *headers]) as one:
        until(lambda: stack.requests(message))
        until(lambda: followers() == 1)
        one.kill()
    until(lambda: followers() == 0)
    assert stack.rows(STATUS_OF_REPLY, client_id) == [("processing",)]
    answer = program.post("chat", message=message, client_id=client_id).json()
    assert (answer["status"], answer["response"]) == ("complete", text_for(message))
    assert len(stack.requests(message)) == 1


def test_stop_keeps_what_was_written(person: Person, stack: Stack) -> None:
    program = Program(person)
    with ThreadPoolExecutor() as pool:
        client_id, message = uuid.uuid4().hex, plan(tokens=2000, rate=20)
        waiting = pool.submit(program.post, "chat", message=message, client_id=client_id)
        until(lambda: stack.requests(message))
        ((message_id,),) = stack.rows(ID_OF_REPLY, client_id)
        path = f"messages/{uuid.UUID(message_id)}/stop"
        assert program.post(path).json()["message_id"] == str(uuid.UUID(message_id))
        answer = waiting.result().json()
    assert answer["status"] == "stopped"
    assert text_for(message).startswith(answer["response"])
    assert program.post(path).json()["status"] == "stopped"


def test_conversations_come_newest_first_page_by_page(person: Person) -> None:
    program = Program(person)
    begun = [program.post("chat", message="hello").json()["conversation_id"] for _ in range(5)]
    found: list[str] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        response = program.get(f"conversations?limit=2&cursor={cursor}").json()
        page = ConversationList.model_validate(response)
        found += [str(one.id) for one in page.conversations]
        cursor, pages = page.next_cursor, pages + 1
    assert found == begun[::-1]
    assert pages == 3


def test_a_conversation_comes_with_its_newest_messages_and_their_versions(
    person: Person, stack: Stack
) -> None:
    program = Program(person)
    first = program.post("chat", message="hello").json()
    conversation_id = first["conversation_id"]
    other = program.post(
        "chat", message="good morning", conversation_id=conversation_id, parent_id=None
    ).json()
    page = ConversationPage.model_validate(program.get(f"conversations/{conversation_id}").json())
    assert [str(one.id) for one in page.messages][1] == other["message_id"]
    question = page.messages[0]
    assert (question.content, question.versions.index, question.versions.count) == (
        "good morning",
        2,
        2,
    )
    assert page.previous_id is None
    earlier = program.get(f"messages/{question.versions.previous_id}").json()
    assert MessageShape.model_validate(earlier).content == "hello"


def test_a_long_conversation_is_read_backwards(person: Person) -> None:
    program = Program(person)
    conversation_id = program.post("chat", message="hello").json()["conversation_id"]
    for _ in range(31):
        program.post("chat", message="hello", conversation_id=conversation_id)
    newest = program.get(f"conversations/{conversation_id}").json()
    before = program.get(f"conversations/{conversation_id}?before={newest['previous_id']}").json()
    assert (len(before["messages"]), len(newest["messages"])) == (4, 60)
    assert before["previous_id"] is None
    assert newest["messages"][0]["parent_id"] == before["messages"][-1]["id"]


def test_foreign_and_unknown_look_the_same(person: Person, other: Person) -> None:
    mine = Program(person).post("chat", message="hello").json()
    theirs = Program(other)
    said = {
        id_: [
            theirs.get(f"messages/{id_}/stream").content,
            theirs.get(f"messages/{id_}").content,
            theirs.post(f"messages/{id_}/stop").content,
        ]
        for id_ in (mine["message_id"], str(NOBODYS))
    }
    assert said[mine["message_id"]] == said[str(NOBODYS)]
    for id_ in (mine["conversation_id"], str(NOBODYS)):
        assert theirs.refused("GET", f"conversations/{id_}") == (404, "not_found")
        body = {"message": "hello", "conversation_id": id_}
        assert theirs.refused("POST", "chat", json=body) == (404, "not_found")
        assert theirs.refused("POST", "chat/stream", json=body) == (404, "not_found")
    assert theirs.refused("GET", f"messages/{NOBODYS}/stream") == (404, "not_found")
