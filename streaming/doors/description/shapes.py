"""JSON Schema, as short as it can be written."""

from typing import Any

Schema = dict[str, Any]


def text(description: str = "", **more: Any) -> Schema:
    return _told({"type": "string", **more}, description)


def whole(description: str = "", **more: Any) -> Schema:
    return _told({"type": "integer", **more}, description)


def number(description: str = "", **more: Any) -> Schema:
    return _told({"type": "number", **more}, description)


def flag(description: str = "", **more: Any) -> Schema:
    return _told({"type": "boolean", **more}, description)


def uuid(description: str = "") -> Schema:
    return text(description, format="uuid")


def moment(description: str = "") -> Schema:
    """A date with its time, as RFC 3339 has it."""
    return text(description, format="date-time")


def usd(description: str = "") -> Schema:
    """US dollars as a decimal number in a text: no digit is lost on the way."""
    return text(description, pattern=r"^\d+(\.\d+)?$")


def const(value: str) -> Schema:
    return {"type": "string", "const": value}


def one_of(*values: str, description: str = "") -> Schema:
    return _told({"type": "string", "enum": list(values)}, description)


def many(items: Schema, description: str = "", **more: Any) -> Schema:
    return _told({"type": "array", "items": items, **more}, description)


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    nullable = {**schema, "type": [schema["type"], "null"]}
    if "enum" in nullable:
        nullable["enum"] = [*nullable["enum"], None]
    return nullable


def thing(
    required: dict[str, Schema], optional: dict[str, Schema] | None = None, description: str = ""
) -> Schema:
    """An object; fields that are not named may be there, too."""
    schema: Schema = {"type": "object", "properties": {**required, **(optional or {})}}
    if required:
        schema["required"] = list(required)
    return _told(schema, description)


def server_sent() -> Schema:
    """One server-sent event: before OpenAPI 3.2 the schema of a stream is that of each."""
    return thing({"data": text()}, {"id": text(), "event": text()})


def ref(name: str) -> Schema:
    """A schema among the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


def _told(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema
