"""How much may be spent: by one person and by the whole installation, per month or day (UTC), and
by one API key, per month.

What was spent is read from the ledger. Nothing is reserved anywhere else: a reply that is under
way is a row that is not finished, and counts with an estimate until the transaction that saves it
enters what it really cost. So nothing is left behind by a process that dies.
"""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from chat.models import ApiKey, Budget, Message, Spending, User
from chat.models.costs import in_units, in_usd
from chat.under_way import by_owner, under_way

# Until then a refused message is worth another try, where only what is under way is in its way.
UNDER_WAY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """In US dollars; None: no limit."""

    soft_usd: Decimal | None = None
    hard_usd: Decimal | None = None

    def __bool__(self) -> bool:
        return self.soft_usd is not None or self.hard_usd is not None


class OverBudget(Exception):
    """The budget is used up: of the person, of the ``whole`` installation, or of the ``key``.

    ``seconds`` until it is worth trying again; ``under_way``: the replies that are being made may
    need what is left.
    """

    def __init__(
        self, *, seconds: float, under_way: bool, whole: bool = False, key: bool = False
    ) -> None:
        super().__init__("over budget")
        self.whole = whole
        self.key = key
        self.seconds = seconds
        self.under_way = under_way


@dataclass(frozen=True, slots=True)
class State:
    """Where a person stands, as their page says it."""

    spent_usd: Decimal
    limits: Limits
    renews_at: datetime

    @property
    def level(self) -> str:
        """Empty below the soft budget; else ``soft`` or ``hard``."""
        hard, soft = self.limits.hard_usd, self.limits.soft_usd
        if hard is not None and self.spent_usd >= hard:
            return "hard"
        return "soft" if soft is not None and self.spent_usd >= soft else ""

    @property
    def percent(self) -> int:
        """Of the hard budget, else of the soft one; at most 100 where it is used up."""
        limit = self.limits.hard_usd or self.limits.soft_usd
        return min(int(self.spent_usd * 100 / limit), 100) if limit else 100

    def told(self) -> dict[str, Any] | None:
        """For ``end.metadata``; None below the soft budget."""
        if not self.level:
            return None
        return {
            "level": self.level,
            "percent": self.percent,
            "spent_usd": f"{self.spent_usd:f}",
            "soft_usd": _text(self.limits.soft_usd),
            "hard_usd": _text(self.limits.hard_usd),
            "renews_at": self.renews_at.isoformat(),
        }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def everybody() -> Limits:
    """What a person may spend who has no budget of their own."""
    return Limits(settings.CHAT_BUDGET_PERSON_SOFT_USD, settings.CHAT_BUDGET_PERSON_HARD_USD)


def installation() -> Limits:
    """What all may spend together."""
    return Limits(settings.CHAT_BUDGET_SOFT_USD, settings.CHAT_BUDGET_HARD_USD)


def began(now: datetime, period: str = "") -> date:
    """The first day of the period that ``now`` is in: ``month`` or ``day``, else as it is set."""
    day = now.astimezone(UTC).date()
    return day if (period or settings.CHAT_BUDGET_PERIOD) == "day" else day.replace(day=1)


def renews_at(now: datetime, period: str = "") -> datetime:
    """The first moment of the next period."""
    first = began(now, period)
    following = (
        first + timedelta(days=1)
        if (period or settings.CHAT_BUDGET_PERIOD) == "day"
        else (first + timedelta(days=31)).replace(day=1)
    )
    return datetime(following.year, following.month, following.day, tzinfo=UTC)


def limits_of(people: Collection[uuid.UUID]) -> dict[uuid.UUID, Limits]:
    """What each of these may spend."""
    default = everybody()
    own = {
        one.person_id: Limits(
            default.soft_usd if one.soft_usd is None else one.soft_usd,
            default.hard_usd if one.hard_usd is None else one.hard_usd,
        )
        for one in Budget.objects.filter(person__in=people)
    }
    return {person: own.get(person, default) for person in people}


def spent(people: Collection[uuid.UUID], since: date) -> dict[uuid.UUID, int]:
    """In units of the ledger, from that day on."""
    lines = Spending.objects.filter(person__in=people, day__gte=since).order_by()
    rows = lines.values_list("person").annotate(Sum("cost_units"))
    return {person: units for person, units in rows if person is not None}


def spent_by_keys(keys: Iterable[uuid.UUID], now: datetime) -> dict[uuid.UUID, int]:
    """What these API keys have spent this month, in units of the ledger."""
    lines = Spending.objects.filter(api_key__in=[str(key) for key in keys])
    lines = lines.filter(day__gte=began(now, "month")).order_by()
    rows = lines.values_list("api_key").annotate(Sum("cost_units"))
    return {uuid.UUID(key): units for key, units in rows}


def state_of(person_id: uuid.UUID) -> State | None:
    """Where this person stands; None where there is no budget, which costs one question."""
    return states_of([person_id]).get(person_id)


def states_of(people: Collection[uuid.UUID]) -> dict[uuid.UUID, State]:
    """Where those of these people stand who have a budget."""
    now = datetime.now(UTC)
    limits = {person: one for person, one in limits_of(people).items() if one}
    if not limits:
        return {}
    units = spent(limits, began(now))
    return {
        person: State(in_usd(units.get(person, 0)), one, renews_at(now))
        for person, one in limits.items()
    }


@dataclass(slots=True)
class Guard:
    """Says for one batch of messages who may still spend; knows what it has let pass itself.

    Made in the transaction that writes the messages. With SQLite those come one after the other.
    With PostgreSQL two processes may each let pass the last message that there was room for: what
    is spent beyond a budget is never more than what is under way in that moment.
    """

    limits: dict[uuid.UUID, Limits] = field(default_factory=dict)
    # API keys that have a budget, in US dollars.
    keys: dict[uuid.UUID, Decimal] = field(default_factory=dict)
    # By person, and by API key.
    _spent: dict[uuid.UUID, int] = field(default_factory=dict)
    _waiting: dict[uuid.UUID, int] = field(default_factory=dict)
    _all_spent: int = 0
    _all_waiting: int = 0
    _now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def of(cls, people: Iterable[uuid.UUID], keys: Iterable[uuid.UUID] = ()) -> "Guard":
        """Read what has to be known of these people and API keys; nothing more where no budget
        is set."""
        guard = cls(limits=limits_of(set(people)))
        bounded = [who for who, limits in guard.limits.items() if limits.hard_usd is not None]
        waiting = under_way().filter(free_only=False)
        since = began(guard._now)
        if bounded:
            # One after the other for one person, whichever process they came to.
            list(User.objects.select_for_update(no_key=True).filter(id__in=bounded).order_by("id"))
            guard._spent = spent(bounded, since)
            guard._waiting = by_owner(waiting)
        if installation().hard_usd is not None:
            lines = Spending.objects.filter(day__gte=since)
            guard._all_spent = lines.aggregate(Sum("cost_units"))["cost_units__sum"] or 0
            guard._all_waiting = waiting.count()
        if asked := set(keys):
            guard._read_keys(asked, waiting)
        return guard

    def _read_keys(self, asked: set[uuid.UUID], waiting: QuerySet[Message]) -> None:
        # One after the other for one key, like people.
        bounded = ApiKey.objects.filter(id__in=asked, budget_usd__isnull=False)
        locked = bounded.select_for_update(no_key=True)
        budgets = locked.order_by("id").values_list("id", "budget_usd")
        self.keys = {key: budget for key, budget in budgets if budget is not None}
        if self.keys:
            self._spent |= spent_by_keys(self.keys, self._now)
            counted = waiting.filter(api_key__in=self.keys)
            self._waiting |= dict(counted.values_list("api_key").annotate(Count("id")))

    def check(self, person: uuid.UUID | None, key: uuid.UUID | None = None) -> None:
        """Raises OverBudget where this person, this key, or all together, may spend nothing
        more."""
        if key in self.keys:
            spent, waiting = self._spent.get(key, 0), self._waiting.get(key, 0)
            self._check(self.keys[key], spent, waiting, key=True)
        if person and (hard := self.limits.get(person, Limits()).hard_usd) is not None:
            self._check(hard, self._spent.get(person, 0), self._waiting.get(person, 0))
        if (hard := installation().hard_usd) is not None:
            self._check(hard, self._all_spent, self._all_waiting, whole=True)

    def _check(
        self, hard_usd: Decimal, units: int, waiting: int, *, whole: bool = False, key: bool = False
    ) -> None:
        hard = in_units(hard_usd)
        if units >= hard:
            renewal = renews_at(self._now, "month" if key else "")
            seconds = (renewal - self._now).total_seconds()
            raise OverBudget(whole=whole, key=key, seconds=seconds, under_way=False)
        reserve = settings.CHAT_BUDGET_RESERVE_USD or Decimal(0)
        if units + waiting * in_units(reserve) >= hard:
            raise OverBudget(whole=whole, key=key, seconds=UNDER_WAY_SECONDS, under_way=True)

    def passed(self, person: uuid.UUID, key: uuid.UUID | None = None) -> None:
        """One more of theirs is under way."""
        for each in (person, key) if key else (person,):
            self._waiting[each] = self._waiting.get(each, 0) + 1
        self._all_waiting += 1


def may_spend(person: uuid.UUID | None, key: uuid.UUID | None = None) -> bool:
    """Whether there is still something to spend on what nobody has sent a message for: a title.

    ``person`` is None for somebody who is there no more.
    """
    with transaction.atomic():
        guard = Guard.of([person] if person else [], [key] if key else [])
        try:
            guard.check(person, key)
        except OverBudget:
            return False
    return True
