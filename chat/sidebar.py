"""One's conversations, listed by when something happened in them, a page at a time."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chat.access import conversations_of
from chat.models import Conversation, User

PAGE = 50
# Beyond these they are listed by date like all others.
PINNED_MAX = 100
FIELDS = ("id", "title", "updated_at", "pinned_at")


@dataclass(frozen=True, slots=True)
class Group:
    """Conversations under one heading; ``key`` is what the browser knows it by."""

    key: str
    label: str
    items: list[Conversation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list, and where the next one begins; None at the end."""

    groups: list[Group]
    next: str | None = None

    @property
    def is_empty(self) -> bool:
        return not any(group.items for group in self.groups)


def listing(user: User, zone: tzinfo, after: str = "") -> Listing:
    """One page, the newest first; ``after`` is the last one's ``next``.

    The first page begins with what is pinned. Its groups "pinned" and "today" are there also
    when they are empty: the browser puts into them what happens while the page is open.
    """
    kept = conversations_of(user).filter(archived_at=None)
    dated = kept.filter(pinned_at=None)
    if cursor := _read(after):
        moment, last = cursor
        dated = dated.filter(Q(updated_at__lt=moment) | Q(updated_at=moment, id__lt=last))
    rows = list(dated.order_by("-updated_at", "-id").only(*FIELDS)[: PAGE + 1])
    page, more = rows[:PAGE], rows[PAGE:]
    groups = list(by_date(page, zone))
    if not cursor:
        if not groups or groups[0].key != "today":
            groups.insert(0, Group("today", _("Today")))
        pinned = kept.exclude(pinned_at=None).order_by("-pinned_at").only(*FIELDS)
        groups.insert(0, Group("pinned", _("Pinned"), list(pinned[:PINNED_MAX])))
    return Listing(groups, _write(page[-1]) if more else None)


def by_date(
    conversations: Iterable[Conversation], zone: tzinfo, now: datetime | None = None
) -> Iterator[Group]:
    """Today, yesterday, the last 7 and 30 days, then months; ``conversations`` newest first."""
    today = (now or timezone.now()).astimezone(zone).date()

    def heading(conversation: Conversation) -> tuple[str, str]:
        return _heading(conversation.updated_at.astimezone(zone).date(), today)

    for (key, label), items in groupby(conversations, heading):
        yield Group(key, label, list(items))


def _heading(day: date, today: date) -> tuple[str, str]:
    if day >= today:
        return "today", _("Today")
    if day == today - timedelta(days=1):
        return "yesterday", _("Yesterday")
    if day > today - timedelta(days=7):
        return "week", _("Last 7 days")
    if day > today - timedelta(days=30):
        return "month", _("Last 30 days")
    form = "F" if day.year == today.year else "F Y"
    return day.strftime("%Y-%m"), date_format(day, form)


def _write(conversation: Conversation) -> str:
    return f"{conversation.updated_at.isoformat()}_{conversation.id}"


def _read(cursor: str) -> tuple[datetime, uuid.UUID] | None:
    """What `_write` wrote; None for anything else."""
    moment, __, conversation_id = cursor.partition("_")
    try:
        when = datetime.fromisoformat(moment)
        # The database's zone: the first and the last year do not have every moment of others.
        return (when.astimezone(UTC), uuid.UUID(conversation_id)) if when.tzinfo else None
    except (ValueError, OverflowError):
        return None
