"""The frames of the first generation (`streaming/doors/pam.py`, docs/older-clients.md)."""

from streaming.doors.description.incoming import client_id, incoming, message
from streaming.doors.description.shapes import (
    Schema,
    const,
    flag,
    many,
    moment,
    number,
    one_of,
    or_null,
    text,
    thing,
    uuid,
    whole,
)
from streaming.doors.pam import SUBPROTOCOL, UNDERSTOOD

# Fewer fields than the native frame: what its clients know.
CHAT = thing(
    {"type": const("chat"), "message": message()},
    {
        "stream": or_null(flag("False, null or absent: the answer comes in one frame.")),
        "client_id": client_id(),
        "conversation_id": or_null(uuid("Absent: go on with this socket's last one.")),
        "context": or_null(
            thing(
                {},
                {
                    "userLocation": {"description": "A text, a named place or coordinates."},
                    "conversation_history": or_null(
                        many({}, "What was said before: `role` and `content`. No right follows.")
                    ),
                },
            )
        ),
    },
)

FIGURES: dict[str, Schema] = {
    "source": one_of("edge", "cloud"),
    "processing_time_ms": whole(),
    "timestamp": moment(),
}

GOT: dict[str, tuple[str, Schema]] = {
    "chat_response_start": (
        "With `stream`: the message is accepted.",
        thing(
            {
                "type": const("chat_response_start"),
                "message_id": uuid(),
                "status": const("processing"),
                "message": text("A sentence for the person."),
                "timestamp": moment(),
            }
        ),
    ),
    "chat_response_delta": (
        "With `stream`: a piece of the text, as it is written.",
        thing({"type": const("chat_response_delta"), "content": text(), "timestamp": moment()}),
    ),
    "chat_response_complete": (
        "With `stream`: the end; this text is what counts.",
        thing({"type": const("chat_response_complete"), "full_response": text(), **FIGURES}),
    ),
    "chat_response": (
        "Without `stream`: the whole answer, as `message` and as `content`.",
        thing(
            {
                "type": const("chat_response"),
                "message": text(),
                "content": text(),
                "message_id": uuid(),
                **FIGURES,
            }
        ),
    ),
    "error": (
        "A frame was refused, or (with `message_id`) the answer failed.",
        thing(
            {
                "type": const("error"),
                "code": text(),
                "detail": text(),
                "message": text("The same sentence as `detail`."),
                "timestamp": moment(),
            },
            {
                "retry_after": number("Seconds."),
                "client_id": text(),
                "message_id": uuid(),
                "retryable": flag(),
            },
        ),
    ),
    "pong": ("The answer to `ping`.", thing({"type": const("pong")})),
}

# How a handshake asks for them.
BINDING = {
    "ws": {
        "query": thing({}, {"protocol": const(SUBPROTOCOL)}),
        "headers": thing({}, {"Sec-WebSocket-Protocol": const(SUBPROTOCOL)}),
        "bindingVersion": "0.1.0",
    }
}


def sent() -> dict[str, tuple[str, Schema]]:
    """What its clients may send."""
    native = incoming()
    return {
        kind: (native[kind][0], CHAT if kind == "chat" else native[kind][1]) for kind in UNDERSTOOD
    }
