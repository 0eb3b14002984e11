"""Filters of the conversation logs. None reads the messages to say what can be chosen."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.models import Assistant, Feedback, Message, Spending, User

# Which models were paid for lately stands in the ledger.
LEDGER_DAYS = 90
ONE_DAY = timedelta(days=1)
# Where an answer came from: a tier of models, or what is known without one.
SOURCES = ("cloud", "regional", "edge", "cache")


class ValueFilter(admin.SimpleListFilter):
    """Rows with this value of ``parameter_name``; one that is not offered can be asked for, too."""

    def known(self) -> set[str]:
        """The values that are offered."""
        raise NotImplementedError

    def label(self, value: str) -> str:
        return value

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        values = self.known() | {self.value() or ""}
        return [(value, self.label(value)) for value in sorted(values - {""})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset


class ProviderFilter(ValueFilter):
    title = _("provider")
    parameter_name = "provider"

    def known(self) -> set[str]:
        return _in_ledger("provider") | {one.provider for one in settings.CHAT_MODELS.models}


class ModelFilter(ValueFilter):
    title = _("model")
    parameter_name = "model"

    def known(self) -> set[str]:
        return _in_ledger("model") | {one.name for one in settings.CHAT_MODELS.models}


class StatusFilter(ValueFilter):
    title = _("status")
    parameter_name = "status"

    def known(self) -> set[str]:
        return set(Message.Status.values)

    def label(self, value: str) -> str:
        return str(dict(Message.Status.choices).get(value, value))


class SourceFilter(ValueFilter):
    title = _("source")
    parameter_name = "source"

    def known(self) -> set[str]:
        return set(SOURCES)


class ErrorFilter(ValueFilter):
    title = _("error")
    parameter_name = "error_code"

    def known(self) -> set[str]:
        # An index holds the replies with an error, and no others.
        failed = Message.objects.filter(error_code__gt="")
        return set(failed.order_by().values_list("error_code", flat=True).distinct())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Said once more, so that the index is used.
        found = super().queryset(request, queryset)
        return found.filter(error_code__gt="") if self.value() else found


def _in_ledger(field: str) -> set[str]:
    since = datetime.now(UTC).date() - timedelta(days=LEDGER_DAYS)
    lines = Spending.objects.filter(day__gte=since).order_by()
    return set(lines.values_list(field, flat=True).distinct())


class OfReplies(ValueFilter):
    """Conversations that hold at least one reply with this value."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        replies = Message.objects.filter(role=Message.Role.ASSISTANT).order_by()
        found = super().queryset(request, replies)
        return queryset.filter(id__in=found.values("conversation_id"))


class RepliesModelFilter(OfReplies, ModelFilter):
    pass


class RepliesStatusFilter(OfReplies, StatusFilter):
    pass


class RepliesErrorFilter(OfReplies, ErrorFilter):
    pass


class FeedbackFilter(admin.SimpleListFilter):
    """What people think of replies."""

    title = _("feedback")
    parameter_name = "feedback"
    # From the feedback to the row.
    through = "message_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        ratings = [(str(value), str(label)) for value, label in Feedback.Rating.choices]
        return [*ratings, ("comment", gettext("with a comment"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value()
        if wanted not in ("1", "-1", "comment"):
            return queryset
        given = Feedback.objects.all()
        given = given.exclude(comment="") if wanted == "comment" else given.filter(rating=wanted)
        return queryset.filter(id__in=given.values(self.through))


class RepliesFeedbackFilter(FeedbackFilter):
    """What people think of the replies of a conversation."""

    through = "message__conversation_id"


class AssistantFilter(ValueFilter):
    """Lines of the ledger, which names assistants by their ids."""

    title = _("assistant")
    parameter_name = "assistant"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(one.id), one.name) for one in Assistant.objects.only("name")]


class TypedFilter(admin.ListFilter):
    """A filter that is typed in, where a list of all that can be chosen would have no end."""

    template = "admin/chat/typed_filter.html"
    # What is typed, by the name of its parameter: the label and the type of the input.
    inputs: dict[str, tuple[str | Promise, str]]

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.inputs:
            if name in params and (value := params.pop(name)[-1].strip()):
                self.used_parameters[name] = value

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.inputs)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """What the form holds: its inputs, and all else that the page was asked for."""
        for name, (label, kind) in self.inputs.items():
            value = self.used_parameters.get(name, "")
            yield {"name": name, "label": label, "type": kind, "value": value}
        for name, values in changelist.filter_params.items():
            if name not in self.inputs and name != PAGE_VAR:
                yield from ({"name": name, "type": "hidden", "value": value} for value in values)


class PersonFilter(TypedFilter):
    """Rows of the person with this name, in any case."""

    title = _("person")
    inputs = {"person": (_("User name"), "search")}
    # From the row to the person.
    through = "owner"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = self.used_parameters.get("person")
        if not name:
            return queryset
        people = User.objects.filter(username__iexact=name)
        return queryset.filter(**{f"{self.through}__in": people.values("id")})


class ReplyPersonFilter(PersonFilter):
    through = "conversation__owner"


class SpenderFilter(PersonFilter):
    through = "person"


class DatesFilter(TypedFilter):
    """Rows from one day (UTC) to another, both included."""

    title = _("date")
    inputs = {"from": (_("From"), "date"), "to": (_("to"), "date")}
    field = "updated_at"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        since, until = self._day("from"), self._day("to")
        if since:
            queryset = queryset.filter(**{f"{self.field}__gte": _midnight(since)})
        if until:
            queryset = queryset.filter(**{f"{self.field}__lt": _midnight(until) + ONE_DAY})
        return queryset

    def _day(self, name: str) -> date | None:
        try:
            return date.fromisoformat(str(self.used_parameters.get(name)))
        except ValueError:
            return None


class ReplyDatesFilter(DatesFilter):
    field = "created_at"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
