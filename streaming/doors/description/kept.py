"""What is said and kept, as every door shows it: the values of `chat/payloads.py`."""

from chat.models import Message
from chat.payloads import TRIED
from streaming.doors.description.shapes import (
    Schema,
    flag,
    many,
    moment,
    number,
    one_of,
    or_null,
    ref,
    text,
    thing,
    usd,
    uuid,
    whole,
)

_TRIED: dict[str, Schema] = {
    "provider": or_null(text()),
    "model": or_null(text()),
    "code": or_null(text("Why it was left for another one; empty for the one that answered.")),
    "first_token_ms": or_null(whole()),
    "ms": or_null(whole()),
    "hedged": or_null(flag("Asked beside a slow one, not after it.")),
    "input_tokens": or_null(whole()),
    "output_tokens": or_null(whole()),
    "cached_tokens": or_null(whole()),
    "is_estimated": or_null(flag("The provider did not count: these are estimates.")),
    "cost_usd": or_null(usd()),
    "saved_usd": or_null(usd("What it would have cost without the cache.")),
}

USAGE = thing(
    {
        "input_tokens": or_null(whole()),
        "output_tokens": or_null(whole()),
        "cached_tokens": or_null(whole()),
    }
)

FIGURES: dict[str, Schema] = {
    "status": one_of(*(status for status in Message.Status.values if status != "processing")),
    "finish_reason": or_null(text("As the provider says it: `stop`, `length` …")),
    "source": or_null(one_of("edge", "regional", "cloud", "cache")),
    "provider": or_null(text()),
    "model": or_null(text()),
    "processing_time_ms": or_null(whole()),
    "first_token_ms": or_null(whole()),
    "usage": ref("Usage"),
    "tokens_per_second": or_null(number()),
    "cost_usd": or_null(usd("Null where the price is not known.")),
    "attempts": whole("More than 1 after another worker has taken over."),
    "seams": many(whole(), "Where another attempt went on with the same text, in code points."),
    "tried": many(
        thing({name: _TRIED[name] for name in TRIED}), "The models that were asked, in order."
    ),
}

BUDGET = thing(
    {
        "level": one_of("soft", "hard"),
        "percent": whole(),
        "spent_usd": usd(),
        "soft_usd": or_null(usd()),
        "hard_usd": or_null(usd()),
        "renews_at": moment(),
    },
    description="Where the person stands; only near or beyond a budget.",
)

KEPT: dict[str, Schema] = {
    "Usage": USAGE,
    "Figures": thing(FIGURES, description="What a finished reply took."),
    "Budget": BUDGET,
    "Versions": thing(
        {
            "index": whole("Counts from 1.", minimum=1),
            "count": whole(minimum=1),
            "previous_id": or_null(uuid()),
            "next_id": or_null(uuid()),
        },
        description="A message's place among the versions of the same.",
    ),
    "Conversation": thing(
        {
            "id": uuid(),
            "title": text(),
            "assistant_id": or_null(uuid()),
            "created_at": moment(),
            "updated_at": moment(),
            "pinned": flag(),
            "archived": flag(),
            "deleted": flag(),
        }
    ),
    "Message": thing(
        {
            "id": uuid(),
            "conversation_id": uuid(),
            "parent_id": or_null(uuid("The message that it follows.")),
            "role": one_of(*Message.Role.values),
            "status": one_of(*Message.Status.values),
            "content": text(),
            "client_id": or_null(text("Of what a person sent.")),
            "created_at": moment(),
            "versions": ref("Versions"),
            "metadata": {
                "description": "Empty, except for a finished reply.",
                "anyOf": [ref("Figures"), {"type": "object", "maxProperties": 0}],
            },
            "thinking": text("What the model thought before it answered."),
            "error": {
                "description": "Why there is no (whole) answer; else null.",
                "anyOf": [
                    thing({"code": text(), "sentence": text(), "retryable": flag()}),
                    {"type": "null"},
                ],
            },
        }
    ),
}
