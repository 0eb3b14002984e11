"""What goes wrong at a provider, and what follows from it: one row per kind of failure.

`docs/when-providers-fail.md` says the same to people; a test compares the two.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_noop


class Kind(StrEnum):
    """What went wrong, in words that stand in logs, in tables and with the reply; translated
    where somebody reads them."""

    CONNECTION = gettext_noop("connection")
    TIMEOUT = gettext_noop("timeout")
    RATE_LIMITED = gettext_noop("rate limited")
    OVERLOADED = gettext_noop("overloaded")
    SERVER = gettext_noop("server error")
    GARBLED = gettext_noop("not understood")
    CREDENTIALS = gettext_noop("refused credentials")
    UNKNOWN_MODEL = gettext_noop("unknown model")
    EMPTY = gettext_noop("empty answer")
    TOO_LONG = gettext_noop("too long")
    REJECTED = gettext_noop("rejected request")
    CONTENT = gettext_noop("declined content")
    DEADLINE = gettext_noop("reply too slow")
    # Of ours: asked at all only in `Try`, where nobody failed.
    OPEN = gettext_noop("circuit open")
    LOST = gettext_noop("another was faster")
    STOPPED = gettext_noop("ended by us")


class Effect(StrEnum):
    """What a failure does to its model's circuit breaker."""

    NONE = "no effect"
    COUNTS = "counts"
    # Where the provider says when to come back; else it counts.
    RETRY_AFTER = "opens until retry-after, else counts"
    LONG = "opens for long"


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether another model is asked (before the first token only), and the breaker's part."""

    asks_another: bool
    effect: Effect


RULES: dict[Kind, Rule] = {
    Kind.CONNECTION: Rule(True, Effect.COUNTS),
    Kind.TIMEOUT: Rule(True, Effect.COUNTS),
    Kind.RATE_LIMITED: Rule(True, Effect.RETRY_AFTER),
    Kind.OVERLOADED: Rule(True, Effect.RETRY_AFTER),
    Kind.SERVER: Rule(True, Effect.RETRY_AFTER),
    Kind.GARBLED: Rule(True, Effect.COUNTS),
    # The same for everybody until the operator does something.
    Kind.CREDENTIALS: Rule(True, Effect.LONG),
    Kind.UNKNOWN_MODEL: Rule(True, Effect.LONG),
    # These are about what was asked: the model is well, or at least not known to be ill.
    Kind.EMPTY: Rule(True, Effect.NONE),
    Kind.TOO_LONG: Rule(True, Effect.NONE),
    # Another provider would be asked the same, and it is not shopped around.
    Kind.REJECTED: Rule(False, Effect.NONE),
    Kind.CONTENT: Rule(False, Effect.NONE),
    Kind.DEADLINE: Rule(False, Effect.NONE),
    Kind.OPEN: Rule(True, Effect.NONE),
    Kind.LOST: Rule(False, Effect.NONE),
    Kind.STOPPED: Rule(False, Effect.NONE),
}
