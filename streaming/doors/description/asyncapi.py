"""The socket's protocol as an AsyncAPI 3 document."""

from collections.abc import Iterable
from typing import Any

from streaming.doors import consumers
from streaming.doors.description import pam
from streaming.doors.description.incoming import incoming
from streaming.doors.description.kept import KEPT
from streaming.doors.description.outgoing import CHUNKS, OTHERS, chunk, error_codes
from streaming.doors.description.shapes import Schema, thing, uuid
from streaming.doors.frames import FRAME_CHARS_MAX

# `doors/server.py` names it, too, but brings Daphne with it, which other servers do without.
CLOSE_SERVICE_RESTART = 1012

CLOSE_CODES = {
    consumers.CLOSE_SIGNED_OUT: "The session has ended: sign in again, do not reconnect.",
    consumers.CLOSE_FLOOD: (
        f"Too many frames at once, or {consumers.FLOOD_FRAMES} refused ones within "
        f"{consumers.FLOOD_SECONDS:g} s."
    ),
    CLOSE_SERVICE_RESTART: "This instance is going away: reconnect at once, and resume.",
}

WHOSE = "Whose page it is: while somebody else is signed in the socket closes with 4003."
BINDING = {"ws": {"query": thing({}, {"person": uuid(WHOSE)}), "bindingVersion": "0.1.0"}}

PROTOCOL = f"""\
One socket per page; it may follow several conversations. Frames are JSON texts of at most
{FRAME_CHARS_MAX} characters. Unknown fields are ignored, and new optional ones may be added.

A reply is a numbered stream of chunks: `start`, any number of `token` and others, and exactly one
of `end` and `error`. `(message_id, seq)` is the cursor with which any instance goes on (`resume`).
What its `token` chunks say since the last `reset` is the text.

The handshake is refused with 403 without a session, and with an Origin of another host.
"""


def asyncapi(host: str = "localhost:8000", *, secure: bool = False) -> dict[str, Any]:
    """The whole document, for the server at this address."""
    sent, got = _sent(), _got()
    older = {
        f"older-{name}": _described(name, *told) for name, told in (pam.sent() | pam.GOT).items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rivulet: the chat socket",
            "version": "1.0.0",
            "description": PROTOCOL,
        },
        "defaultContentType": "application/json",
        "servers": {
            "here": {
                "host": host,
                "protocol": "wss" if secure else "ws",
                "security": [{"$ref": "#/components/securitySchemes/session"}],
            }
        },
        "channels": {
            "chat": {
                "address": "/ws/chat/",
                "title": "Chat",
                "messages": {name: _message(name) for name in (*sent, *got)},
                "bindings": BINDING,
                "x-close-codes": {str(code): told for code, told in CLOSE_CODES.items()},
            },
            "older": {
                "address": "/ws/chat/",
                "title": "Clients of the first generation",
                "messages": {name: _message(name) for name in older},
                "bindings": pam.BINDING,
            },
        },
        "operations": _operations(sent, got) | _older_operations(),
        "components": {
            "messages": sent | got | older,
            "schemas": KEPT | error_codes(),
            "securitySchemes": {
                "session": {
                    "type": "httpApiKey",
                    "in": "cookie",
                    "name": "sessionid",
                    "description": "The cookie of a signed-in session.",
                }
            },
        },
    }


# What is answered by frames of certain names; the others by what is sent at any time.
REPLIES = {
    "chat": ["start", "refused"],
    "regenerate": ["start", "refused"],
    "continue": ["start", "refused"],
    "select": ["selected", "refused"],
    "ping": ["pong"],
}
# Where a frame from the server has the name of one to it.
RENAMED = {"select": "selected", "error": "refused"}


def _sent() -> dict[str, Any]:
    return {name: _described(name, *told) for name, told in incoming().items()}


def _got() -> dict[str, Any]:
    chunks = {kind: _described(kind, told, chunk(kind)) for kind, (told, _) in CHUNKS.items()}
    others = {
        RENAMED.get(kind, kind): _described(RENAMED.get(kind, kind), *told)
        for kind, told in OTHERS.items()
    }
    return chunks | others


def _described(name: str, summary: str, payload: Schema) -> dict[str, Any]:
    return {"name": name, "summary": summary, "payload": payload}


def _message(name: str) -> Schema:
    return {"$ref": f"#/components/messages/{name}"}


def _operations(sent: dict[str, Any], got: dict[str, Any]) -> dict[str, Any]:
    channel = {"$ref": "#/channels/chat"}

    def messages(*names: str) -> list[Schema]:
        return [{"$ref": f"#/channels/chat/messages/{name}"} for name in names]

    operations: dict[str, Any] = {}
    for name in sent:
        operations[name] = {"action": "receive", "channel": channel, "messages": messages(name)}
        if name in REPLIES:
            reply = {"channel": channel, "messages": messages(*REPLIES[name])}
            operations[name]["reply"] = reply
    operations["tell"] = {
        "action": "send",
        "channel": channel,
        "summary": "At any time: chunks of the replies that are followed, and news.",
        "messages": messages(*got),
    }
    return operations


def _older_operations() -> dict[str, Any]:
    channel = {"$ref": "#/channels/older"}

    def messages(names: Iterable[str]) -> list[Schema]:
        return [{"$ref": f"#/channels/older/messages/older-{name}"} for name in names]

    return {
        "olderSay": {
            "action": "receive",
            "channel": channel,
            "summary": "The frames of the first generation's clients (`pam`).",
            "messages": messages(pam.sent()),
        },
        "olderTell": {"action": "send", "channel": channel, "messages": messages(pam.GOT)},
    }
