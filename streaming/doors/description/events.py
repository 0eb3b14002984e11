"""The server-sent events of a reply: the socket's chunks, as `doors/api/events.py` names them."""

from streaming.doors.api.events import EVENT_TYPES
from streaming.doors.description.kept import KEPT
from streaming.doors.description.outgoing import CHUNKS, error_codes
from streaming.doors.description.shapes import Schema, const, text, thing, uuid

EVENTS_TOLD = """\
Server-sent events. `id` is the chunk's number, `data` one JSON object of the schema `Event`; a
comment line comes at least every 15 seconds. A client that was cut off comes back with
`Last-Event-ID`. The last event is `complete` or `error`.

With `format=text` the data is `{"text": "…"}`, and `[DONE]` at the end; `{"text": "", "reset":
true}` voids what came before, `{"text": "", "error": {"code", "message"}}` says why it broke off.
"""


def _event(kind: str) -> Schema:
    _, metadata = CHUNKS[kind]
    more: dict[str, Schema] = metadata.get("properties", {})
    required = {"type": const(EVENT_TYPES.get(kind, kind)), "content": text()}
    if kind == "start":
        required |= {"message_id": uuid("The reply."), "conversation_id": uuid()}
    return thing(required, more)


def _name(kind: str) -> str:
    return "".join(part.title() for part in EVENT_TYPES.get(kind, kind).split("_")) + "Event"


def _schemas() -> dict[str, Schema]:
    # The beginning and what is told in between have one name: the beginning has the ids.
    events: dict[str, Schema] = {}
    for kind in CHUNKS:
        name = "BeginningEvent" if kind == "start" else _name(kind)
        events[name] = _event(kind)
    listed: Schema = {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in events]}
    listed["description"] = "What the data of one event is."
    needed = {name: KEPT[name] for name in ("Versions", "Budget")}
    return events | needed | error_codes() | {"Event": listed}


EVENT_SCHEMAS = _schemas()
