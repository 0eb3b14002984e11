"""What was asked of which model for a reply, how it ended and what it cost: kept with the reply."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from chat.finish import ERROR_TEXT_MAX_CHARS
from config.catalogue import Model
from streaming.errors import ProviderError
from streaming.failures import Kind
from streaming.providers.base import Finish, Request, Usage
from streaming.providers.prices import cost_usd, saved_usd

CENT_FRACTION = Decimal("0.00000001")
# What the database's columns hold.
TOKENS_MAX = 2**31
# For what nobody has counted: a request that was given up. Of UTF-8, for scripts in which a
# character is a token or two.
BYTES_PER_TOKEN = 4

# After these a provider has worked, and bills it, but has told no figures.
UNCOUNTED = {Kind.TIMEOUT, Kind.DEADLINE, Kind.LOST, Kind.STOPPED, Kind.GARBLED, Kind.EMPTY}


@dataclass(slots=True)
class Try:
    """One model asked once, or passed over because its circuit was open. Times are UTC."""

    model: Model
    asked_bytes: int = 0
    said_bytes: int = 0
    thought_bytes: int = 0
    hedged: bool = False
    began_at: datetime | None = None
    # The first sign of life, which may be a thought; and the first words of the answer.
    heard_at: datetime | None = None
    spoke_at: datetime | None = None
    ended_at: datetime | None = None
    kind: Kind | None = None
    code: str = ""
    detail: str = ""
    usage: Usage = field(default_factory=Usage)

    @classmethod
    def of(cls, model: Model, request: Request | None = None, *, hedged: bool = False) -> "Try":
        """One that begins now."""
        asked = 0
        if request is not None:
            asked = sum(size(turn.content) for turn in request.turns)
            asked += size(request.system) + size(request.prefix)
        return cls(model, asked_bytes=asked, hedged=hedged, began_at=datetime.now(UTC))

    def fail(self, error: ProviderError) -> None:
        """Note why it ended; the first reason stays."""
        if self.kind is None:
            self.kind, self.code, self.detail = error.kind, error.code, error.detail

    def end(self, finish: Finish | None) -> None:
        """Note when it ended, and what the provider counted."""
        self.ended_at = self.ended_at or datetime.now(UTC)
        if finish is not None:
            self.usage = plausible(finish.usage)

    @property
    def is_estimated(self) -> bool:
        """Whether its tokens are a guess: the provider has worked and told no figures."""
        counted = self.usage.input_tokens is not None and self.usage.output_tokens is not None
        return not counted and (self.heard_at is not None or self.kind in UNCOUNTED)

    @property
    def counted(self) -> Usage:
        """Tokens, told or guessed; none where nothing was done."""
        if not self.is_estimated:
            return self.usage
        read, written = self.usage.input_tokens, self.usage.output_tokens
        # Thoughts are billed as what is written.
        said_bytes = self.said_bytes + self.thought_bytes
        return Usage(
            input_tokens=self.asked_bytes // BYTES_PER_TOKEN if read is None else read,
            output_tokens=said_bytes // BYTES_PER_TOKEN if written is None else written,
            cached_tokens=self.usage.cached_tokens,
            kept_tokens=self.usage.kept_tokens,
        )

    @property
    def saved_usd(self) -> Decimal | None:
        """What the provider's cache has saved, US dollars; None where it was not used."""
        saved = saved_usd(self.model.provider, self.model.name, self.counted)
        return None if saved is None else saved.quantize(CENT_FRACTION)

    @property
    def cost_usd(self) -> Decimal | None:
        """US dollars; None where the price is not known."""
        usage = self.counted
        if self.kind is not None and usage.input_tokens is None and usage.output_tokens is None:
            return Decimal(0)
        cost = cost_usd(self.model.provider, self.model.name, usage)
        return None if cost is None else cost.quantize(CENT_FRACTION)

    def kept(self) -> dict[str, Any]:
        """What the database keeps: plain JSON, no word of a person's."""
        usage, cost, saved = self.counted, self.cost_usd, self.saved_usd
        return {
            "provider": self.model.provider,
            "model": self.model.name,
            "tier": self.model.tier,
            "began_at": self.began_at.isoformat() if self.began_at else None,
            "first_token_ms": _ms(self.began_at, self.spoke_at),
            "ms": _ms(self.began_at, self.ended_at),
            "kind": self.kind.value if self.kind else "",
            "code": self.code,
            "detail": self.detail[:ERROR_TEXT_MAX_CHARS],
            "hedged": self.hedged,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cached_tokens": usage.cached_tokens,
            "kept_tokens": usage.kept_tokens,
            "saved_usd": None if saved is None else f"{saved:f}",
            "is_estimated": self.is_estimated,
            "cost_usd": None if cost is None else f"{cost:f}",
        }


def size(text: str) -> int:
    """Its length in bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def total_usd(tries: list[Try]) -> Decimal | None:
    """The sum to the last digit, of those whose cost is known.

    None where that is nothing while another's is not known: it was not free.
    """
    costs = [one.cost_usd for one in tries]
    total = sum((cost for cost in costs if cost is not None), Decimal(0))
    if not costs or (not total and None in costs):
        return None
    return total.quantize(CENT_FRACTION)


def plausible(usage: Usage) -> Usage:
    """A provider's counts, without those that cannot be one."""
    return Usage(
        input_tokens=_count(usage.input_tokens),
        output_tokens=_count(usage.output_tokens),
        cached_tokens=_count(usage.cached_tokens),
        kept_tokens=_count(usage.kept_tokens),
    )


def _count(tokens: int | None) -> int | None:
    return tokens if tokens is not None and 0 <= tokens < TOKENS_MAX else None


def _ms(start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else round((end - start).total_seconds() * 1000)
