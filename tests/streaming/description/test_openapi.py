"""The description of the endpoints, and the page that people read."""

import html
import json
import re
import uuid
from typing import Any

import pytest
import schemathesis
from django.test import Client
from django.urls import get_resolver

from chat.models import Message
from chat.payloads import figures
from streaming.chunks import CHUNK_TYPES, Chunk, entry
from streaming.doors.api.events import EVENT_TYPES, Events
from streaming.doors.api.urls import ENDPOINTS
from streaming.doors.compatible import urls as compatible
from streaming.doors.description.openapi import openapi
from tests.described import validator
from tests.streaming.description.test_asyncapi import references

DOCUMENT = openapi()


def test_the_official_schema_accepts_it() -> None:
    schemathesis.openapi.from_dict(DOCUMENT).validate()


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            assert step in found, reference
            found = found[step]


def test_every_endpoint_is_described() -> None:
    described = {
        (method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods
    }
    ours = [path for _, path in described if path.startswith("/api/v1/")]
    assert len(ours) == len(ENDPOINTS) > 0
    assert ("GET", "/api/v1/messages/{message_id}/stream") in described


def test_the_page_uses_the_fields_own_word_in_german(client: Client) -> None:
    german = client.get("/api/v1/docs", headers={"Accept-Language": "de"}).content.decode()
    assert '<h2 id="shapes">Schemas</h2>' in german


@pytest.mark.parametrize("name", ["openapi", "asyncapi", "api-docs"])
def test_anybody_may_read_it(client: Client, name: str) -> None:
    address = f"/{get_resolver().reverse(name)}"
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 405


def test_the_page_shows_code_as_code(client: Client) -> None:
    text = client.get("/api/v1/docs").content.decode()
    assert "`" not in text
    assert "<code>client_id</code>" in text


def test_the_page_names_every_endpoint_frame_and_code(client: Client) -> None:
    text = html.unescape(client.get("/api/v1/docs").content.decode())
    for endpoint in ENDPOINTS:
        assert endpoint.summary in text
    for name in ("regenerate", "tool_result", "ChatRequest", "4008", "rate_limited"):
        assert name in text
    assert "<script" not in text


@pytest.mark.parametrize("kind", CHUNK_TYPES)
def test_every_event_of_a_stream_is_described(kind: Any) -> None:
    name = EVENT_TYPES.get(kind, kind)
    schemas = DOCUMENT["components"]["schemas"]
    assert any(
        schema.get("properties", {}).get("type", {}).get("const") == name
        for schema in schemas.values()
    )


def test_a_streams_last_event_is_as_described() -> None:
    metadata = figures(Message(status="complete"))
    chunk = Chunk(uuid.uuid4(), uuid.uuid4(), 3, "end", "", metadata)
    data = json.loads(Events().chunk(entry(chunk)).partition("data: ")[2])
    described = validator(DOCUMENT, DOCUMENT["components"]["schemas"]["CompleteEvent"], strict=True)
    assert [error.message for error in described.iter_errors(data)] == []


def test_every_address_for_other_vendors_clients_is_described() -> None:
    routes = {str(one.pattern) for one in compatible.urlpatterns if one.name}
    described = {path.removeprefix("/v1/") for path in DOCUMENT["paths"] if path.startswith("/v1/")}
    assert {re.sub(r"<path:(\w+)>", r"{\1}", route) for route in routes} == described
