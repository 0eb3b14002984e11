"""What a reply took, as shown with it; the browser's twin is static/js/figures.js."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models import Message

SMALLEST_COST_USD = Decimal("0.0001")
COST_DECIMALS = 4
SHORTEST_SECONDS = 0.1

LABELS: dict[str, str | Promise] = {
    "model": _("Model"),
    "first": _("First words after"),
    "time": _("Complete after"),
    "read": _("Tokens read"),
    "cached": _("Of these from a cache"),
    "written": _("Tokens written"),
    "speed": _("Tokens per second"),
    "cost": _("Cost"),
    "saved": _("Saved by the cache"),
    "vain": _("Asked in vain"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the details; without a value the browser may still fill it in."""

    name: str
    label: str | Promise
    value: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """Everything that is known of how a reply was made."""

    headline: str
    figures: tuple[Figure, ...]


BLANK = Details("", tuple(Figure(name, label) for name, label in LABELS.items()))


def details(reply: Message) -> Details:
    """The figures of a reply that has ended."""
    if not reply.is_finished:
        return BLANK
    values = {
        "model": reply.model,
        "first": seconds(reply.first_token_ms),
        "time": seconds(reply.processing_time_ms),
        "read": _number(reply.input_tokens),
        "cached": _number(reply.cached_tokens or None),
        "written": _number(reply.output_tokens),
        "speed": _number(reply.tokens_per_second),
        "cost": _dollars(reply.cost_usd),
        "saved": _saved(reply),
        "vain": _in_vain(reply),
    }
    headline = " · ".join(filter(None, (values["model"], values["time"])))
    return Details(headline, tuple(Figure(name, LABELS[name], values[name]) for name in LABELS))


def _saved(reply: Message) -> str:
    """What the providers' caches have saved; filling one costs, and may cost more than it saves."""
    saved = sum((Decimal(one.get("saved_usd") or 0) for one in reply.tries), Decimal(0))
    return _dollars(saved) if saved >= SMALLEST_COST_USD else ""


def _in_vain(reply: Message) -> str:
    """The other models that were asked; those that were passed over took no time."""
    asked = [one["model"] for one in reply.tries if one.get("ms") is not None]
    return ", ".join(dict.fromkeys(name for name in asked if name != reply.model))


def seconds(milliseconds: int | None) -> str:
    """A time as people read it; never as nothing: an answer that is known is there at once."""
    if milliseconds is None:
        return ""
    time = milliseconds / 1000
    below = "" if time >= SHORTEST_SECONDS else "<\u00a0"
    return f"{below}{_number(max(time, SHORTEST_SECONDS), decimals=1)}\u00a0s"


def _dollars(cost_usd: Decimal | None) -> str:
    if not cost_usd:
        return ""
    amount = _number(max(cost_usd, SMALLEST_COST_USD), decimals=COST_DECIMALS)
    # Translators: an amount of US dollars; where the sign stands.
    return gettext("${amount}").format(amount=amount)


def _number(value: float | Decimal | None, *, decimals: int = 0) -> str:
    """As it is written in the language that is active."""
    if value is None:
        return ""
    return number_format(f"{value:.{decimals}f}", force_grouping=True)
