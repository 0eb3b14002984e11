"""The one table of what a provider may do wrong, and what follows from it.

Each row is a test; `docs/when-providers-fail.md` holds the same rows for people to read.
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from streaming.failures import RULES, Effect, Kind

BEFORE_HEADERS = "before the headers"
BEFORE_TOKEN = "before the first token"
AFTER_TOKEN = "after the first token"
SAID = 4


@dataclass(frozen=True)
class Row:
    """One thing that a provider does. ``plan`` tells the mock provider to do it; without a
    ``kind`` it is no failure."""

    what: str
    when: str
    plan: dict[str, Any]
    kind: Kind | None
    code: str = "provider_unavailable"
    settings: dict[str, Any] = field(default_factory=dict)
    listens: bool = True

    @property
    def query(self) -> str:
        return urlencode({"tokens": 20, "seed": 1} | self.plan)

    @property
    def asks_another(self) -> bool:
        return self.kind is not None and self.when != AFTER_TOKEN and RULES[self.kind].asks_another

    @property
    def said(self) -> int | None:
        """Tokens that stay; None: all of them."""
        if self.kind is None:
            return None
        return SAID if self.when == AFTER_TOKEN else 0

    @property
    def effect(self) -> str:
        """What it does to the model's circuit."""
        effect = RULES[self.kind].effect if self.kind else Effect.NONE
        if effect is Effect.RETRY_AFTER:
            return "open until then" if self.plan.get("retry_after") else str(Effect.COUNTS)
        return str(effect)

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the documentation."""
        another = "yes" if self.asks_another else "no"
        return (
            self.what, self.when, str(self.kind or "none"), another, self.effect,
            f"`{self.code}`" if self.kind else "complete",
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.what}, {self.when}"


HEAD = (
    "the provider …", "when", "kind", "another model is asked", "the model's circuit",
    "if no other answers",
)  # fmt: skip

REJECTED = "provider_rejected"
TIMEOUT = "provider_timeout"
SHORT = {"CHAT_FIRST_TOKEN_TIMEOUT_SECONDS": 1.0, "CHAT_TOKEN_GAP_TIMEOUT_SECONDS": 1.0}
MID = {"at": SAID, "rate": 200}


def status(
    number: int, what: str, kind: Kind, code: str = "provider_unavailable", **more: Any
) -> Row:
    plan = {"fault": "status", "status": number} | more
    return Row(f"answers {number}{what}", BEFORE_HEADERS, plan, kind, code)


def faulty(
    what: str, when: str, fault: str, kind: Kind, code: str = "provider_unavailable", **more: Any
) -> Row:
    place = {"at": 0} if when == BEFORE_TOKEN else MID
    return Row(what, when, {"fault": fault} | place | more, kind, code)


def error(what: str, when: str, kind: Kind, word: str, code: str = "provider_unavailable") -> Row:
    return faulty(f"sends an error ({what})", when, "error", kind, code, error=word)


ROWS = [
    Row("is not there", BEFORE_HEADERS, {}, Kind.CONNECTION, listens=False),
    Row("resets the connection", BEFORE_HEADERS, {"fault": "refuse"}, Kind.CONNECTION),
    Row("is silent", BEFORE_HEADERS, {"fault": "silence"}, Kind.TIMEOUT, TIMEOUT, SHORT),
    status(400, " (invalid request)", Kind.REJECTED, REJECTED),
    status(400, " (context too long)", Kind.TOO_LONG, REJECTED, error="context_length_exceeded"),
    status(400, " (content policy)", Kind.CONTENT, REJECTED, error="content_policy_violation"),
    status(401, " (key refused)", Kind.CREDENTIALS),
    status(402, " (not paid)", Kind.CREDENTIALS),
    status(403, " (not allowed)", Kind.CREDENTIALS),
    status(404, " (no such model)", Kind.UNKNOWN_MODEL),
    status(408, "", Kind.TIMEOUT),
    status(409, "", Kind.SERVER),
    status(413, " (too large)", Kind.TOO_LONG, REJECTED),
    status(422, "", Kind.REJECTED, REJECTED),
    status(429, "", Kind.RATE_LIMITED),
    status(429, " with retry-after", Kind.RATE_LIMITED, retry_after="30"),
    status(429, " (no money left)", Kind.CREDENTIALS, error="insufficient_quota"),
    status(500, "", Kind.SERVER),
    status(502, "", Kind.SERVER),
    status(503, "", Kind.OVERLOADED),
    status(503, " with retry-after", Kind.OVERLOADED, retry_after="30"),
    status(504, "", Kind.TIMEOUT),
    status(529, " (overloaded)", Kind.OVERLOADED),
    Row(
        "answers 200 with a page", BEFORE_HEADERS, {"fault": "html", "status": 200}, Kind.GARBLED
    ),
    Row(
        "is silent", BEFORE_TOKEN, {"fault": "stall", "at": 0}, Kind.TIMEOUT, TIMEOUT, SHORT
    ),
    faulty("resets the connection", BEFORE_TOKEN, "cut", Kind.CONNECTION),
    faulty("closes the connection", BEFORE_TOKEN, "close", Kind.CONNECTION),
    faulty("ends the stream without a finish", BEFORE_TOKEN, "eof", Kind.CONNECTION),
    faulty("sends what is not its protocol", BEFORE_TOKEN, "garbage", Kind.GARBLED),
    faulty("sends JSON of another shape", BEFORE_TOKEN, "shape", Kind.GARBLED),
    faulty("sends bytes that are no text", BEFORE_TOKEN, "utf8", Kind.GARBLED),
    error("overloaded", BEFORE_TOKEN, Kind.OVERLOADED, "overloaded_error"),
    error("rate limit", BEFORE_TOKEN, Kind.RATE_LIMITED, "rate_limit_error"),
    error("its own", BEFORE_TOKEN, Kind.SERVER, "api_error"),
    error("key refused", BEFORE_TOKEN, Kind.CREDENTIALS, "authentication_error"),
    error("invalid request", BEFORE_TOKEN, Kind.REJECTED, "invalid_request_error", REJECTED),
    Row("answers without a word", BEFORE_TOKEN, {"tokens": 0}, Kind.EMPTY),
    Row(
        "calls a tool that nobody offered", BEFORE_TOKEN,
        {"tokens": 0, "tool": 1, "finish": "tool_calls"}, Kind.EMPTY,
    ),
    Row(
        "declines to answer (content filter)", BEFORE_TOKEN,
        {"tokens": 0, "finish": "content_filter"}, Kind.CONTENT, REJECTED,
    ),
    Row(
        "is silent", AFTER_TOKEN, {"fault": "stall", "at": SAID}, Kind.TIMEOUT, TIMEOUT, SHORT
    ),
    faulty("resets the connection", AFTER_TOKEN, "cut", Kind.CONNECTION),
    faulty("closes the connection", AFTER_TOKEN, "close", Kind.CONNECTION),
    faulty("ends the stream without a finish", AFTER_TOKEN, "eof", Kind.CONNECTION),
    faulty("sends what is not its protocol", AFTER_TOKEN, "garbage", Kind.GARBLED),
    error("overloaded", AFTER_TOKEN, Kind.OVERLOADED, "overloaded_error"),
    error("its own", AFTER_TOKEN, Kind.SERVER, "api_error"),
    Row(
        "never comes to an end", AFTER_TOKEN, {"tokens": 100_000, "rate": 50}, Kind.DEADLINE,
        TIMEOUT, {"CHAT_REPLY_TIMEOUT_SECONDS": 1.0},
    ),
    Row(
        "calls a tool that nobody offered", AFTER_TOKEN,
        {"tool": 1, "finish": "tool_calls"}, None,
    ),
    Row("stops for its content filter", AFTER_TOKEN, {"finish": "content_filter"}, None),
]  # fmt: skip


def markdown(rows: list[Row]) -> str:
    """The table as it stands in the documentation."""
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    print(markdown(ROWS))
