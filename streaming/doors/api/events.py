"""A reply as server-sent events: pure encodings, one with everything, one with the text alone.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import Mapping
from typing import Any, Protocol

import orjson
from django.utils.translation import gettext

from chat.models import Message
from chat.payloads import error_told, figures, is_retryable
from streaming.chunks import SEQ_MAX, Entry
from streaming.errors import ChatError

# How soon a client that lost its stream comes back.
RETRY_MS = 1000
BEGINNING = f"retry: {RETRY_MS}\n\n"
HEARTBEAT = ":\n\n"
# This process leaves, or the stream has been open for long: the client comes back by itself.
COME_BACK = ": come back with Last-Event-ID\n\n"

# Other names than the chunks', where the contract has them.
EVENT_TYPES = {"start": "metadata", "end": "complete"}

# Line ends to Python's `splitlines`, which many clients read lines with; not to the standard.
LINE_ENDS = {ord(char): f"\\u{ord(char):04x}" for char in "\u0085\u2028\u2029"}


class Encoding(Protocol):
    """How what happens to a reply is told to one reader."""

    def chunk(self, entry: Entry) -> str:
        """The event of a chunk, empty where the reader needs none."""
        ...

    def saved(self, reply: Message, *, seen: bool) -> str:
        """The whole saved reply, where its log has expired; ``seen``: void what came before."""
        ...

    def error(self, error: ChatError) -> str:
        """The last event of a stream that cannot go on."""
        ...


def event(data: Mapping[str, Any] | str, event_id: int | None = None) -> str:
    """One event; JSON has no line ends in it."""
    text = data if isinstance(data, str) else orjson.dumps(data).decode().translate(LINE_ENDS)
    return f"data: {text}\n\n" if event_id is None else f"id: {event_id}\ndata: {text}\n\n"


class Events:
    """Everything, with the chunk's ``seq`` as the event's id."""

    def chunk(self, entry: Entry) -> str:
        frame = orjson.loads(entry["frame"])
        data = frame["metadata"] | {
            "type": EVENT_TYPES.get(entry["kind"], entry["kind"]),
            "content": frame["content"],
        }
        if entry["kind"] == "start":
            data |= {name: frame[name] for name in ("message_id", "conversation_id")}
        elif entry["kind"] == "error":
            sentence = frame["content"]
            data["content"] = gettext(sentence)
        return event(data, entry["seq"])

    def saved(self, reply: Message, *, seen: bool) -> str:
        # What stands between has no id: a stream that breaks off in it comes from its beginning.
        first = (
            event({"type": "reset", "content": "", "reason": "expired"})
            if seen
            else event(
                {
                    "type": "metadata",
                    "content": "",
                    "message_id": str(reply.id),
                    "conversation_id": str(reply.conversation_id),
                    "user_message_id": str(reply.parent_id) if reply.parent_id else None,
                    "status": reply.status,
                },
                0,
            )
        )
        text = event({"type": "token", "content": reply.content}) if reply.content else ""
        return first + text + event(_closing(reply), SEQ_MAX)

    def error(self, error: ChatError) -> str:
        return event(
            {
                "type": "error",
                "content": error.told(),
                "code": error.code,
                "retryable": error.retryable,
            }
        )


def _closing(reply: Message) -> dict[str, Any]:
    if reply.status != Message.Status.FAILED:
        return figures(reply) | {"type": "complete", "content": ""}
    return figures(reply) | {
        "type": "error",
        "content": error_told(reply),
        "code": reply.error_code,
        "retryable": is_retryable(reply),
    }


class PlainText:
    """The text alone, then ``[DONE]``; the ids are there for who comes back."""

    def chunk(self, entry: Entry) -> str:
        frame = orjson.loads(entry["frame"])
        match entry["kind"]:
            case "token":
                return event({"text": frame["content"]}, entry["seq"])
            case "reset":
                return event({"text": "", "reset": True}, entry["seq"])
            case "end":
                return event("[DONE]", entry["seq"])
            case "error":
                sentence = frame["content"]
                told = {"code": frame["metadata"]["code"], "message": gettext(sentence)}
                return event({"text": "", "error": told}) + event("[DONE]", entry["seq"])
            case _:
                return ""

    def saved(self, reply: Message, *, seen: bool) -> str:
        void = event({"text": "", "reset": True}) if seen else ""
        text = event({"text": reply.content}) if reply.content else ""
        told = {"code": reply.error_code, "message": error_told(reply)}
        failed = reply.status == Message.Status.FAILED
        error = event({"text": "", "error": told}) if failed else ""
        return void + text + error + event("[DONE]", SEQ_MAX)

    def error(self, error: ChatError) -> str:
        told = {"code": error.code, "message": error.told()}
        return event({"text": "", "error": told}) + event("[DONE]")


ENCODINGS: dict[str, Encoding] = {"events": Events(), "text": PlainText()}
