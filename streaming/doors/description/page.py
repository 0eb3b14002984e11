"""The descriptions as a person reads them: tables of what is asked and what is answered."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from streaming.doors.description.asyncapi import asyncapi
from streaming.doors.description.openapi import openapi
from streaming.doors.description.prose import inline, paragraphs
from streaming.doors.description.shapes import Schema

SHAPE = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field holds, in words; ``shape`` names what has a table of its own."""

    words: str
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kinds: list[Kind]
    is_required: bool
    told: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    told: str
    kinds: list[Kind]


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str
    path: str
    summary: str
    scope: str
    fields: list[Field]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the socket. ``name`` is its type, a chunk's that of the chunk."""

    name: str
    anchor: str
    summary: str
    fields: list[Field]


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    told: str
    fields: list[Field] = field(default_factory=list)


def operations() -> list[Operation]:
    """Every address and method, in the order of the document."""
    document = openapi()
    return [
        _operation(path, method, told, document["components"]["schemas"])
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]


def shapes() -> list[Shape]:
    """What bodies, answers, events and frames are made of, by name."""
    named = asyncapi()["components"]["schemas"] | openapi()["components"]["schemas"]
    return [
        Shape(name, paragraphs(told.get("description", "")), list(_fields(told)))
        for name, told in sorted(named.items())
    ]


def frames() -> tuple[list[Frame], list[Frame]]:
    """What a client sends through the socket, and what it gets."""
    document = asyncapi()
    sides: dict[str, list[Frame]] = {"receive": [], "send": []}
    for operation in document["operations"].values():
        if operation["channel"] != {"$ref": "#/channels/chat"}:
            # Clients of the first generation have a page of their own: docs/older-clients.md.
            continue
        for message in operation["messages"]:
            name = message["$ref"].rpartition("/")[2]
            told = document["components"]["messages"][name]
            sides[operation["action"]].append(_frame(name, told))
    return sides["receive"], sides["send"]


def close_codes() -> dict[str, str]:
    told: dict[str, str] = asyncapi()["channels"]["chat"]["x-close-codes"]
    return {code: inline(sentence) for code, sentence in told.items()}


def _operation(path: str, method: str, told: dict[str, Any], named: dict[str, Schema]) -> Operation:
    fields = [
        Field(
            one["name"],
            list(_kinds(one["schema"])),
            one.get("required", False),
            inline(one.get("description") or one["schema"].get("description", "")),
            one["in"],
        )
        for one in told["parameters"]
    ]
    if "requestBody" in told:
        (media,) = told["requestBody"]["content"].values()
        body = named[media["schema"]["$ref"].removeprefix(SHAPE)]
        fields += [replace(one, place="body") for one in _fields(body)]
    answers = [
        Answer(status, inline(_first_line(one["description"])), list(_contents(one)))
        for status, one in told["responses"].items()
    ]
    scope = told["security"][0]["key"][0]
    name = told["operationId"]
    return Operation(name, method.upper(), path, inline(told["summary"]), scope, fields, answers)


def _contents(answer: dict[str, Any]) -> Iterator[Kind]:
    if "x-events" in answer:
        yield from _kinds(answer["x-events"])
        return
    for media in answer.get("content", {}).values():
        yield from _kinds(media["schema"])


def _frame(name: str, told: dict[str, Any]) -> Frame:
    fields = list(_fields(told["payload"]))
    metadata = told["payload"]["properties"].get("metadata", {})
    fields += [
        Field(f"metadata.{one.name}", one.kinds, one.is_required, one.told)
        for one in _fields(metadata)
    ]
    return Frame(name, f"frame-{name}", inline(told["summary"]), fields)


def _fields(schema: Schema) -> Iterator[Field]:
    required = schema.get("required", [])
    for name, told in schema.get("properties", {}).items():
        meaning = inline(told.get("description", ""))
        yield Field(name, list(_kinds(told)), name in required, meaning)


def _kinds(schema: Schema) -> Iterator[Kind]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SHAPE)
        yield Kind(name, name)
    elif "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _kinds(one)
    elif "const" in schema:
        yield Kind(f'"{schema["const"]}"')
    elif "enum" in schema:
        yield Kind(" | ".join("null" if one is None else f'"{one}"' for one in schema["enum"]))
    elif isinstance(schema.get("type"), list):
        for kind in schema["type"]:
            yield from _kinds({**schema, "type": kind})
    elif schema.get("type") == "array":
        yield from (Kind(f"{one.words}[]", one.shape) for one in _kinds(schema["items"]))
    else:
        words: str = schema.get("type", "any")
        # `null` has no format.
        yield Kind(str(schema.get("format", words)) if words == "string" else words)


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
