"""The description of the socket says what the code does: types, fields, optionality, codes."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from django.test import Client

from chat.budgets import Limits, State
from chat.models import Conversation, Message
from chat.payloads import conversation_payload, message_payload
from config.catalogue import Model
from streaming import chunks, errors
from streaming.delivery.closing import closing
from streaming.doors import consumers, frames, server
from streaming.doors.api.errors import Failed
from streaming.doors.description import pam as older
from streaming.doors.description.asyncapi import CLOSE_CODES, asyncapi
from streaming.doors.description.incoming import incoming
from streaming.doors.description.outgoing import CHUNKS, OTHERS
from streaming.doors.pam import UNDERSTOOD
from streaming.errors import BadFrame
from streaming.generation.tries import Try
from tests.described import asyncapi_problems, validator

DOCUMENT = asyncapi()
MESSAGES = DOCUMENT["components"]["messages"]
FIELDS = {name: schema["properties"] for name, (_, schema) in incoming().items()}


def test_the_official_schema_accepts_it() -> None:
    assert asyncapi_problems(DOCUMENT) == []


def test_the_official_schema_can_refuse() -> None:
    assert asyncapi_problems({**DOCUMENT, "channels": {"chat": {"address": 1}}})


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            assert step in found, reference
            found = found[step]


# -- what comes in -----------------------------------------------------------------------


class Read(dict[str, Any]):
    """A frame that notes which of its fields are looked at."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(fields)
        self.fields: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.fields.add(key)
        return super().get(key, default)

    def __contains__(self, key: object) -> bool:
        self.fields.add(str(key))
        return super().__contains__(key)


def whole_frame(kind: str) -> dict[str, Any]:
    given: dict[str, Any] = {"type": kind, "message": "hello", "client_id": "one"}
    ids = ("message_id", "conversation_id", "parent_id", "assistant_id")
    given |= dict.fromkeys(ids, str(uuid.uuid4()))
    given |= {"after": str(uuid.uuid4()) if kind == "open" else 3}
    return {name: given[name] for name in FIELDS[kind] if name in given}


def test_every_frame_that_is_understood_is_described() -> None:
    classes = {one.__name__.lower() for one in get_args(frames.Frame)}
    assert classes == set(FIELDS)


@pytest.mark.parametrize("kind", FIELDS)
def test_every_field_that_is_read_is_described_and_every_described_one_is_read(kind: str) -> None:
    frame = Read(whole_frame(kind))
    frames.parse(frame)
    assert frame.fields == set(FIELDS[kind])


ABSENT = object()
VALUES = [
    ABSENT, None, True, False, 0, -1, -2, 7, 2**31 - 1, 2**31, 1.5, "", "auto", "7",
    str(uuid.uuid4()), str(uuid.uuid4())[:-1], [], {}, {"language": "de"}, [1],
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind in FIELDS for field in FIELDS[kind] if field != "type"],
)
def test_the_description_accepts_what_the_parser_accepts(kind: str, field: str) -> None:
    described = validator(DOCUMENT, MESSAGES[kind]["payload"], strict=False)
    for value in VALUES:
        frame = whole_frame(kind) | {field: value}
        if value is ABSENT:
            del frame[field]
        problems = [error for error in described.iter_errors(frame) if not is_limit(error)]
        assert is_understood(frame) == (not problems), (frame, problems)


def is_understood(frame: dict[str, Any]) -> bool:
    try:
        frames.parse(frame)
    except BadFrame:
        return False
    return True


def is_limit(error: Any) -> bool:
    # How long a text may be is looked at later (`intake/checks.py`).
    return error.validator in ("minLength", "maxLength")


def test_what_older_clients_may_send_and_hear_is_described() -> None:
    source = Path("streaming/doors/pam.py").read_text()
    made = set(re.findall(r'"(chat_response\w*)"', source))
    assert made | {"error", "pong"} == set(older.GOT)
    assert set(older.sent()) == set(UNDERSTOOD)


# -- what goes out -----------------------------------------------------------------------


def problems_of(name: str, frame: dict[str, Any]) -> list[str]:
    described = validator(DOCUMENT, MESSAGES[name]["payload"], strict=True)
    return [f"{error.json_path}: {error.message}" for error in described.iter_errors(frame)]


def test_every_type_of_chunk_is_described() -> None:
    assert set(CHUNKS) == set(chunks.CHUNK_TYPES)


OTHER_DOORS = {"description", "providers", "api", "openai", "anthropic", "compatible", "pam.py"}


def test_every_type_of_frame_that_is_made_anywhere_is_described() -> None:
    made = {"stream"}
    for path in [*Path("streaming").rglob("*.py"), *Path("chat").rglob("*.py")]:
        # Other doors have vocabularies of their own.
        if {"description", "providers", "api", "openai", "anthropic", "compatible", "pam.py"} & {
            *path.parts
        }:
            continue
        text = path.read_text()
        if "frame" in text:
            made |= set(re.findall(r'"type": ?"([a-z_]+)"', text))
    assert made == set(OTHERS) | {"stream"}


@pytest.mark.parametrize("status", Message.Status.values)
@pytest.mark.parametrize("role", Message.Role.values)
def test_a_message_has_the_described_fields_and_no_other(status: str, role: str) -> None:
    message = Message(conversation_id=uuid.uuid4(), status=status, role=role, content="hello")
    if status == "failed":
        message.error_code = "provider_timeout"
    assert problems_of("message", {"type": "message", "message": message_payload(message)}) == []


def test_a_conversation_has_the_described_fields_and_no_other() -> None:
    now = datetime.now(UTC)
    conversation = Conversation(title="Rivers", created_at=now, updated_at=now)
    frame = {"type": "conversation", "conversation": conversation_payload(conversation)}
    assert problems_of("conversation", frame) == []


def test_an_end_has_the_described_figures_and_no_others() -> None:
    tried = Try(Model("openai", "gpt-5.5", "cloud")).kept()
    reply = Message(status="complete", cost_usd=Decimal("0.00012300"), tries=[tried])
    budget = State(Decimal(3), Limits(Decimal(2), Decimal(4)), datetime.now(UTC)).told()
    kind, content, metadata = closing(reply, budget=budget)
    chunk = chunks.Chunk(uuid.uuid4(), uuid.uuid4(), 7, kind, content, metadata)
    assert problems_of("end", orjson.loads(chunk.frame())) == []


def test_the_error_of_a_deleted_conversation_is_described() -> None:
    chunk = chunks.closing_of_deleted(uuid.uuid4(), uuid.uuid4(), 7)
    assert problems_of("error", orjson.loads(chunk.frame())) == []


def test_a_field_that_nobody_described_is_noticed() -> None:
    assert problems_of("pong", {"type": "pong", "more": 1})


def test_every_error_code_is_described() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    every = {one for one in errors.Refused.__subclasses__() if one.__module__ == errors.__name__}
    over_http = {errors.Unauthenticated, errors.Forbidden, errors.WrongMethod, errors.WrongType}
    refusals = {one.code for one in every - over_http}
    assert refusals | {Failed.code} == set(schemas["RefusalCode"]["enum"])
    failures = {one.code for one in errors.ProviderError.__subclasses__()}
    assert failures | {"internal"} <= set(schemas["ReplyErrorCode"]["enum"])


def test_every_close_code_is_described() -> None:
    sources = [consumers, server]
    codes = {
        value
        for source in sources
        for name, value in vars(source).items()
        if name.startswith("CLOSE_") and isinstance(value, int)
    }
    assert codes == set(CLOSE_CODES)


def test_it_is_served(client: Client) -> None:
    response = client.get("/api/v1/asyncapi.json", headers={"Host": "testserver"})
    assert response["Content-Type"] == "application/json"
    assert response.json() == asyncapi("testserver")
