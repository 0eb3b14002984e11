"""The frames that a client gets: chunks of replies, and what is said beside them."""

from collections.abc import Iterator

from streaming import errors
from streaming.doors.description.kept import FIGURES
from streaming.doors.description.shapes import (
    Schema,
    const,
    flag,
    many,
    moment,
    number,
    one_of,
    or_null,
    ref,
    text,
    thing,
    uuid,
    whole,
)

NOTHING: Schema = {"type": "object"}

# Of every type of chunk: what it says, and its metadata.
CHUNKS: dict[str, tuple[str, Schema]] = {
    "start": (
        "The acknowledgement (seq 0): the message is kept and will be answered.",
        thing(
            {
                "status": const("processing"),
                "client_id": text("Of the send that is acknowledged."),
                "user_message_id": uuid(),
                "user_message_parent_id": or_null(uuid()),
                "user_message_versions": ref("Versions"),
                "parent_id": uuid("The message that is answered."),
                "versions": ref("Versions"),
            }
        ),
    ),
    "token": (
        "A piece of the text, of one or several tokens.",
        thing(
            {},
            {
                "provider": text("With a model's first words: whose they are."),
                "model": text(),
                "seams": many(whole(), "With a text that was taken over from an earlier version."),
            },
        ),
    ),
    "tool_call": ("The model asks a tool.", NOTHING),
    "tool_result": ("What the tool said.", NOTHING),
    "metadata": (
        "Something about the reply that is no part of its text.",
        thing(
            {},
            {
                "thinking": text("A piece of what the model thinks."),
                "attempt": whole("Another worker has taken over; the text goes on."),
            },
        ),
    ),
    "reset": (
        "What was streamed so far is void; another attempt follows.",
        thing({"reason": text()}),
    ),
    "end": (
        "The reply is complete. `content` is empty, or the whole text with `stream: false`.",
        thing(FIGURES, {"budget": ref("Budget")}),
    ),
    "error": (
        "The reply could not be completed; its text so far is kept. `content` is a sentence for"
        " the person.",
        thing(
            {"status": const("failed"), "code": ref("ReplyErrorCode"), "retryable": flag()},
            {
                **{name: schema for name, schema in FIGURES.items() if name != "status"},
                "budget": ref("Budget"),
                "retry_after": number("Seconds."),
            },
        ),
    ),
}


def chunk(kind: str) -> Schema:
    """A chunk's frame."""
    _, metadata = CHUNKS[kind]
    return thing(
        {
            "type": const("stream"),
            "chunk_type": const(kind),
            "message_id": uuid("The reply."),
            "conversation_id": uuid(),
            "seq": whole("Counts the reply's chunks 0, 1, 2 … without holes.", minimum=0),
            "content": text(),
            "metadata": metadata,
            "timestamp": moment(),
        }
    )


# Everything else.
OTHERS: dict[str, tuple[str, Schema]] = {
    "message": (
        "A whole message: one sent elsewhere, or a reply whose log is no more.",
        thing({"type": const("message"), "message": ref("Message")}),
    ),
    "conversation": (
        "A conversation is new, or is not what it was.",
        thing({"type": const("conversation"), "conversation": ref("Conversation")}),
    ),
    "select": (
        "Another part of a conversation is shown: `message_id` after `parent_id`, up to `tip_id`.",
        thing(
            {
                "type": const("select"),
                "conversation_id": uuid(),
                "message_id": or_null(uuid()),
                "parent_id": or_null(uuid()),
                "tip_id": or_null(uuid()),
            }
        ),
    ),
    "error": (
        "A frame was not accepted; nothing was started.",
        thing(
            {"type": const("error"), "code": ref("RefusalCode"), "detail": text("A sentence.")},
            {
                "retry_after": number("Seconds until it is worth trying again."),
                "client_id": text("Of the frame, where it had one."),
            },
        ),
    ),
    "draining": (
        "This instance is going away: connect again, another one answers, and `resume`.",
        thing({"type": const("draining")}),
    ),
    "pong": ("The answer to `ping`.", thing({"type": const("pong")})),
}


OVER_HTTP = (errors.Unauthenticated, errors.Forbidden, errors.WrongMethod, errors.WrongType)


def codes(tree: type[errors.ChatError]) -> dict[str, str]:
    """Every code of an error tree, and what it says."""
    return dict(sorted(_codes(tree)))


def _codes(tree: type[errors.ChatError]) -> Iterator[tuple[str, str]]:
    # Some doors have codes of their own, defined beside them.
    ours = tree.__module__ == errors.__name__ and tree not in OVER_HTTP
    if ours and "code" in vars(tree):
        yield tree.code, tree.sentence
    for child in tree.__subclasses__():
        yield from _codes(child)


def error_codes() -> dict[str, Schema]:
    """The codes of frames that are refused, and of replies that fail."""
    internal = {errors.InternalError.code: errors.InternalError.sentence}
    refusals = codes(errors.Refused) | internal
    gone = {one.code: one.sentence for one in (errors.NotFound, errors.BudgetExceeded)}
    return {
        "RefusalCode": _named(refusals),
        "ReplyErrorCode": _named(codes(errors.ReplyError) | gone),
    }


def _named(sentences: dict[str, str]) -> Schema:
    told = "\n".join(f"* `{code}`: {sentence}" for code, sentence in sentences.items())
    return one_of(*sentences, description=f"More may be added.\n\n{told}")
