"""The frames that a client sends, as `streaming/doors/frames.py` reads them."""

from django.conf import settings

from chat.context import VALUE_MAX_CHARS
from chat.models.messages import CLIENT_ID_MAX_CHARS
from streaming.doors.description.shapes import (
    Schema,
    const,
    flag,
    or_null,
    text,
    thing,
    uuid,
    whole,
)

CURSOR_MAX = 2**31 - 1

CONTEXT = thing(
    {},
    {
        "language": {"description": "BCP 47, e.g. `de-AT`."},
        "time_zone": {"description": "IANA, e.g. `Europe/Vienna`."},
        "location": {"description": f"Free text; {VALUE_MAX_CHARS} characters are kept."},
    },
    "What the app knows of the person: for the prompt alone. No id and no right is taken from it.",
)


def client_id() -> Schema:
    return or_null(
        text(
            "The client's own name for this send, which makes it safe to repeat: the same one never"
            " starts a second reply. Without it the send cannot be repeated safely.",
            minLength=1,
            maxLength=CLIENT_ID_MAX_CHARS,
        )
    )


def model() -> Schema:
    return or_null(text("A model's name, or `provider:name`; `auto` or nothing leaves the choice."))


def message() -> Schema:
    return text("At least one visible character.", maxLength=settings.CHAT_MESSAGE_MAX_CHARS)


def incoming() -> dict[str, tuple[str, Schema]]:
    """Of every type: what it is for, and its fields. Unknown fields are ignored."""
    reply = uuid("The reply.")
    return {
        "chat": (
            "Say something. Answered by `start`, before any model is asked.",
            _frame(
                "chat",
                {"message": message()},
                {
                    "client_id": client_id(),
                    "conversation_id": or_null(uuid("Null starts a conversation.")),
                    "stream": flag("False: no tokens, the whole text with `end`.", default=True),
                    "model": model(),
                    "parent_id": or_null(
                        uuid(
                            "The message that this one follows; null: it is the first. Without"
                            " this field it follows the last one that is shown."
                        )
                    ),
                    "assistant_id": or_null(uuid("For a new conversation: who answers.")),
                    "context": or_null(CONTEXT),
                },
            ),
        ),
        "regenerate": (
            "Another version of a reply. Answered like `chat`.",
            _frame(
                "regenerate", {"message_id": reply}, {"client_id": client_id(), "model": model()}
            ),
        ),
        "continue": (
            "The rest of a reply that broke off, as a new version. Answered like `chat`.",
            _frame("continue", {"message_id": reply}, {"client_id": client_id()}),
        ),
        "select": (
            "Show this version of a message and what follows it. Answered by `select`.",
            _frame("select", {"message_id": uuid()}),
        ),
        "open": (
            "Follow a conversation: what is said in it elsewhere is sent live.",
            _frame(
                "open",
                {"conversation_id": uuid()},
                {"after": or_null(uuid("The last message that is known: later ones are sent."))},
            ),
        ),
        "resume": (
            "Replay a reply's chunks with `seq` > `after`, then go on live.",
            _frame(
                "resume",
                {"message_id": reply},
                {"after": whole(minimum=-1, maximum=CURSOR_MAX, default=-1)},
            ),
        ),
        "stop": (
            "Stop a reply and keep its text so far; may be repeated. Its `end` follows.",
            _frame("stop", {"message_id": reply}),
        ),
        "ping": ("Answered by `pong`.", _frame("ping")),
    }


def _frame(
    kind: str, required: dict[str, Schema] | None = None, optional: dict[str, Schema] | None = None
) -> Schema:
    return thing({"type": const(kind), **(required or {})}, optional)
