"""Conversation logs for staff: read-only, searchable, the transcript in one piece."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Aggregate, Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin_assistants import AssistantAdmin
from chat.admin_costs import PersonAdmin, SpendingAdmin
from chat.admin_filters import (
    DatesFilter,
    ErrorFilter,
    FeedbackFilter,
    ModelFilter,
    PersonFilter,
    ProviderFilter,
    RepliesErrorFilter,
    RepliesFeedbackFilter,
    RepliesModelFilter,
    RepliesStatusFilter,
    ReplyDatesFilter,
    ReplyPersonFilter,
    SourceFilter,
    StatusFilter,
)
from chat.admin_keys import ApiKeyAdmin
from chat.admin_log import LogAdmin
from chat.explained import explained
from chat.models import (
    ApiKey,
    Assistant,
    Conversation,
    InstantAnswer,
    Message,
    Spending,
    User,
)
from chat.money import readable
from chat.search.everybody import said
from chat.transcript import transcript
from chat.views.details import seconds

# What a list shows of a text.
EXCERPT_CHARS = 120

admin.site.site_header = "Rivulet"
admin.site.site_title = "Rivulet"
admin.site.index_title = _("Conversations and people")
admin.site.register(User, PersonAdmin)
admin.site.register(Assistant, AssistantAdmin)
admin.site.register(Spending, SpendingAdmin)
admin.site.register(ApiKey, ApiKeyAdmin)


@admin.register(Conversation)
class ConversationAdmin(LogAdmin):
    """One row per conversation, with the sums of its replies."""

    list_display = (
        "title", "person", "assistant", "answered_by", "state", "cost_usd", "replies", "written_at",
    )  # fmt: skip
    list_filter = (
        PersonFilter, RepliesModelFilter, RepliesStatusFilter, RepliesErrorFilter,
        RepliesFeedbackFilter, "assistant", DatesFilter, "updated_at",
    )  # fmt: skip
    fields = (
        "title", "title_by", "title_cost_usd", "owner", "assistant", "state", "created_at",
        "updated_at", "transcript",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        kept = super().get_queryset(request).filter(passes_at=None)
        # Subqueries: made for the rows that are shown, and not where they are found and counted.
        summed: QuerySet[Any] = kept.select_related("owner", "assistant").annotate(
            last_model=Subquery(Message.objects.filter(id=OuterRef("tip")).values("model")),
            replies_count=_of_replies(Count("*")),
            failed_count=_of_replies(Count("*"), status=Message.Status.FAILED),
            cost_usd_sum=_of_replies(Sum("cost_usd")),
        )
        return summed

    def matching(self, word: str) -> Q:
        named = Q(title__icontains=word) | Q(owner__username__icontains=word)
        return named | Q(id__in=said(word).values("conversation_id"))

    @admin.display(ordering="owner__username", description=_("person"))
    def person(self, conversation: Conversation) -> SafeString:
        return _person(conversation.owner)

    @admin.display(ordering="last_model", description=_("model"))
    def answered_by(self, conversation: Any) -> str:
        return conversation.last_model or "–"

    @admin.display(ordering="replies_count", description=_("replies"))
    def replies(self, conversation: Any) -> str:
        count, failed = conversation.replies_count or 0, conversation.failed_count or 0
        if not failed:
            return str(count)
        return gettext("%(count)d, %(failed)d failed") % {"count": count, "failed": failed}

    @admin.display(ordering="cost_usd_sum", description=_("cost (USD)"))
    def cost_usd(self, conversation: Any) -> SafeString | str:
        return readable(conversation.cost_usd_sum)

    @admin.display(ordering="updated_at", description=_("last written at"))
    def written_at(self, conversation: Conversation) -> str:
        return _moment(conversation.updated_at)

    @admin.display(description=_("state"))
    def state(self, conversation: Conversation) -> str:
        if conversation.deleted_at is not None:
            return gettext("deleted, gone in a minute")
        return gettext("archived") if conversation.archived_at is not None else "–"

    @admin.display(description=_("what was said"))
    def transcript(self, conversation: Conversation) -> SafeString:
        return render_to_string("admin/chat/transcript.html", {"entries": transcript(conversation)})


@admin.register(Message)
class MessageAdmin(LogAdmin):
    """One row per reply: which model, how fast, at what cost, and why it failed."""

    list_display = (
        "excerpt", "person", "model", "ended", "cost", "speed", "thumbs", "written_at",
    )  # fmt: skip
    list_filter = (
        ReplyPersonFilter, StatusFilter, ModelFilter, ProviderFilter, SourceFilter, ErrorFilter,
        FeedbackFilter, ReplyDatesFilter, "created_at",
    )  # fmt: skip
    ordering = ("-created_at",)
    exclude = (
        "conversation", "parent", "author", "client_id", "context", "prompt", "tries", "route",
    )  # fmt: skip
    readonly_fields = (
        "in_conversation", "told", "tokens_per_second", "chosen", "asked", "feedback",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        passing = Conversation.objects.filter(passes_at__isnull=False).order_by()
        replies = super().get_queryset(request).filter(role=Message.Role.ASSISTANT)
        replies = replies.exclude(conversation__in=passing.values("id"))
        replies = replies.select_related("conversation__owner", "prompt__assistant")
        return replies.prefetch_related("feedback__person")

    def matching(self, word: str) -> Q:
        named = Q(title__icontains=word) | Q(owner__username__icontains=word)
        in_named = Conversation.objects.filter(named).order_by().values("id")
        return Q(conversation__in=in_named) | Q(id__in=said(word).order_by().values("id"))

    @admin.display(description=_("what was said"))
    def excerpt(self, reply: Message) -> str:
        text = " ".join(reply.content.split())
        return (text if len(text) <= EXCERPT_CHARS else f"{text[: EXCERPT_CHARS - 1]}…") or "–"

    @admin.display(ordering="conversation__owner__username", description=_("person"))
    def person(self, reply: Message) -> SafeString:
        return _person(reply.conversation.owner)

    @admin.display(ordering="status", description=_("status"))
    def ended(self, reply: Message) -> SafeString | str:
        status = reply.get_status_display()
        if not reply.error_code:
            return status
        return format_html("{}<br><code>{}</code>", status, reply.error_code)

    @admin.display(ordering="cost_usd", description=_("cost (USD)"))
    def cost(self, reply: Message) -> SafeString | str:
        return readable(reply.cost_usd)

    @admin.display(ordering="processing_time_ms", description=_("how fast"))
    def speed(self, reply: Message) -> SafeString | str:
        times = (reply.first_token_ms, reply.processing_time_ms)
        lines = [" · ".join(filter(None, map(seconds, times)))]
        if reply.tokens_per_second is not None:
            speed = number_format(reply.tokens_per_second)
            lines.append(gettext("%(speed)s tokens/s") % {"speed": speed})
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines)) or "–"

    @admin.display(ordering="created_at", description=_("written at"))
    def written_at(self, reply: Message) -> str:
        return _moment(reply.created_at)

    @admin.display(description=_("tokens per second"))
    def tokens_per_second(self, reply: Message) -> str:
        speed = reply.tokens_per_second
        return "–" if speed is None else number_format(speed)

    @admin.display(description=_("feedback"))
    def thumbs(self, reply: Message) -> str:
        return ", ".join(each.get_rating_display() for each in reply.feedback.all()) or "–"

    @admin.display(description=_("feedback"))
    def feedback(self, reply: Message) -> SafeString | str:
        given = [(each.get_rating_display(), each.comment) for each in reply.feedback.all()]
        return format_html_join(mark_safe("<br>"), "{}: {}", given) or "–"

    @admin.display(description=_("how the model was chosen"))
    def chosen(self, reply: Message) -> SafeString | str:
        sentences = [(sentence,) for sentence in explained(reply)]
        return format_html_join(mark_safe("<br>"), "{}", sentences) or "–"

    @admin.display(description=_("prompt"))
    def told(self, reply: Message) -> SafeString | str:
        if reply.prompt is None:
            return "–"
        address = reverse("admin:chat_assistant_change", args=[reply.prompt.assistant_id])
        return format_html('<a href="{}">{}</a>', address, reply.prompt)

    @admin.display(description=_("models that were asked"))
    def asked(self, reply: Message) -> SafeString | str:
        if not reply.tries:
            return "–"
        return render_to_string("admin/chat/tries.html", {"tries": reply.tries})

    @admin.display(description=_("conversation"))
    def in_conversation(self, reply: Message) -> SafeString:
        address = reverse("admin:chat_conversation_change", args=[reply.conversation_id])
        return format_html('<a href="{}">{}</a>', address, reply.conversation.title)


def _of_replies(sum_: Aggregate, **which: str) -> Subquery:
    """A sum over those replies of the outer query's conversation."""
    replies = Message.objects.filter(
        conversation=OuterRef("id"), role=Message.Role.ASSISTANT, **which
    )
    summed = replies.order_by().values("conversation").annotate(summed=sum_)
    return Subquery(summed.values("summed"))


def _person(person: User) -> SafeString:
    """The name; it leads to all that is this person's."""
    name = person.get_username()
    return format_html('<a href="?{}">{}</a>', urlencode({"person": name}), name)


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


@admin.register(InstantAnswer)
class InstantAnswerAdmin(admin.ModelAdmin):
    """Questions that are answered without asking a model, in use some seconds after saving."""

    list_display = ("__str__", "language", "is_active", "updated_at")
    list_filter = ("is_active", "language")
    search_fields = ("questions", "answer")
    fields = ("questions", "answer", "language", "is_active")
