"""The names of what is counted, and how a count is named in Redis.

Labels are bounded: nothing that a person wrote or is called is one of them.
"""

from dataclasses import dataclass

SEPARATOR = "\x1f"
BUCKETS_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)

# A family's name and the values of its labels, in one string.
Field = str


@dataclass(frozen=True, slots=True)
class Family:
    name: str
    help: str
    labels: tuple[str, ...]


COUNTERS = (
    Family(
        "replies",
        "Replies that have ended.",
        ("status", "source", "provider", "model", "error_code"),
    ),
    Family("reply_tokens", "Tokens of replies.", ("kind", "provider", "model")),
    Family("cost_usd", "US dollars, of every model that was asked.", ("provider", "model")),
    Family(
        "tries", "Models that were asked, and how that ended.", ("provider", "model", "outcome")
    ),
    Family("edge", "What happened before a model was asked.", ("outcome",)),
)

HISTOGRAMS = (
    Family("first_token_seconds", "From the acknowledgement to the first token.", ("source",)),
    Family("reply_seconds", "From the acknowledgement to the end.", ("source",)),
)


def field(name: str, *labels: str) -> Field:
    """The name of a count in Redis."""
    return SEPARATOR.join((name, *labels))


def parts(name: Field) -> tuple[str, tuple[str, ...]]:
    """Family and labels of a count."""
    family, *labels = name.split(SEPARATOR)
    return family, tuple(labels)
