"""A page for staff: what was spent, by day, person, model or assistant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chat.budgets import State, began, installation, renews_at
from chat.ledger import SUMS
from chat.models import Assistant, Spending
from chat.models.costs import in_usd
from chat.money import readable, rounded

DAYS_AT_FIRST = 30
LINES_MAX = 1000
# The ways to sum, and what of the ledger makes one line of each.
BY: dict[str, tuple[str | Promise, tuple[str, ...]]] = {
    "day": (_("Day"), ("day",)),
    "person": (_("Person"), ("person__username",)),
    "model": (_("Model"), ("provider", "model")),
    "assistant": (_("Assistant"), ("assistant",)),
}


@dataclass(frozen=True, slots=True)
class Line:
    """The sums of one day, person, model or assistant; money in US dollars."""

    name: str
    calls: int
    unpriced_calls: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: Decimal
    estimated_usd: Decimal

    @property
    def cost(self) -> SafeString | str:
        return readable(self.cost_usd)

    @property
    def estimated(self) -> SafeString | str:
        return readable(self.estimated_usd)


@admin.site.admin_view
def costs(request: HttpRequest) -> HttpResponse:
    """The sums of the days that were asked for, the dearest first; days the newest first."""
    today = datetime.now(UTC).date()
    until = _day(request, "to") or today
    since = _day(request, "from") or until - timedelta(days=DAYS_AT_FIRST - 1)
    by = request.GET.get("by", "")
    by = by if by in BY else "day"
    label, names = BY[by]
    found = Spending.objects.filter(day__range=(since, until))
    order = "-day" if by == "day" else "-cost_units__sum"
    sums = [Sum(name) for name in SUMS]
    rows = found.order_by().values(*names).annotate(*sums).order_by(order, *names)
    listed = list(rows[: LINES_MAX + 1])
    context = admin.site.each_context(request) | {
        "title": _("Summary of costs"),
        "by": by,
        "ways": [(name, words) for name, (words, _names) in BY.items()],
        "label": label,
        "since": since,
        "until": until,
        "lines": [_line(_name(row, names), row) for row in _with_assistants(listed[:LINES_MAX])],
        "budget": _budget(),
        "has_more": len(listed) > LINES_MAX,
        "total": _line("", found.aggregate(*sums)),
    }
    return TemplateResponse(request, "admin/costs.html", context)


def _budget() -> dict[str, object] | None:
    limits = installation()
    if not limits:
        return None
    now = datetime.now(UTC)
    units = Spending.objects.filter(day__gte=began(now)).aggregate(Sum("cost_units"))
    spent_usd = in_usd(units["cost_units__sum"] or 0)
    return {
        "spent": rounded(spent_usd),
        "limits": limits,
        "level": State(spent_usd, limits, renews_at(now)).level,
        "since": began(now),
    }


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def _with_assistants(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, with assistants called by their names of today."""
    ids = {row["assistant"] for row in rows if row.get("assistant")}
    if not ids:
        return rows
    called = {str(one.id): one.name for one in Assistant.objects.only("name")}
    return [row | {"assistant": called.get(row["assistant"], row["assistant"])} for row in rows]


def _name(row: dict[str, Any], names: tuple[str, ...]) -> str:
    return ":".join(str(row[name]) for name in names if row[name] not in (None, "")) or "–"


def _line(name: str, row: dict[str, Any]) -> Line:
    counted = {each: row[f"{each}__sum"] or 0 for each in SUMS}
    cost, estimated = counted.pop("cost_units"), counted.pop("estimated_units")
    return Line(name, **counted, cost_usd=in_usd(cost), estimated_usd=in_usd(estimated))
