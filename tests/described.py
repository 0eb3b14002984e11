"""Validators for the documents that describe the API."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.protocols import Validator

ASYNCAPI_SCHEMA = Path(__file__).parent / "vendor" / "asyncapi" / "3.0.0.json"


def asyncapi_problems(document: dict[str, Any]) -> list[str]:
    """What the official schema has against an AsyncAPI document."""
    schema = json.loads(ASYNCAPI_SCHEMA.read_text())
    return [error.message for error in Draft7Validator(schema).iter_errors(document)]


def validator(document: dict[str, Any], schema: dict[str, Any], *, strict: bool) -> Validator:
    """Of one schema in a document; strict: fields that are not described are wrong."""
    both = {**schema, "components": {"schemas": document["components"]["schemas"]}}
    return Draft202012Validator(
        closed(both) if strict else both, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def closed(schema: Any) -> Any:
    """The same, where objects with named fields have no others."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("type"), str | list) and "properties" in schema:
        made["additionalProperties"] = False
    return made
