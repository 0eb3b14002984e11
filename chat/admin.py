"""Conversation logs for staff: read-only, searchable, the transcript in one piece."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.admin_assistants import AssistantAdmin
from chat.admin_costs import PersonAdmin, SpendingAdmin
from chat.admin_keys import ApiKeyAdmin
from chat.admin_read_only import ReadOnlyAdmin
from chat.explained import explained
from chat.models import (
    ApiKey,
    Assistant,
    Conversation,
    Feedback,
    InstantAnswer,
    Message,
    Spending,
    User,
)
from chat.money import readable
from chat.transcript import transcript

admin.site.site_header = "Rivulet"
admin.site.site_title = "Rivulet"
admin.site.index_title = _("Conversations and people")
admin.site.register(User, PersonAdmin)
admin.site.register(Assistant, AssistantAdmin)
admin.site.register(Spending, SpendingAdmin)
admin.site.register(ApiKey, ApiKeyAdmin)

REPLIES = Q(messages__role=Message.Role.ASSISTANT)


class ReplyFilter(admin.SimpleListFilter):
    """Conversations that hold at least one reply with this value."""

    field: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        values = (
            Message.objects.filter(role=Message.Role.ASSISTANT)
            .exclude(**{self.field: ""})
            .order_by(self.field)
            .values_list(self.field, flat=True)
            .distinct()
        )
        return [(value, self.label(value)) for value in values]

    def label(self, value: str) -> str:
        return value

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        replies = Message.objects.filter(role=Message.Role.ASSISTANT, **{self.field: self.value()})
        return queryset.filter(id__in=replies.values("conversation_id"))


class ModelFilter(ReplyFilter):
    title = _("model")
    parameter_name = field = "model"


class StatusFilter(ReplyFilter):
    title = _("status")
    parameter_name = field = "status"

    def label(self, value: str) -> str:
        return str(Message.Status(value).label)


class ErrorFilter(ReplyFilter):
    title = _("error")
    parameter_name = field = "error_code"


class FeedbackFilter(admin.SimpleListFilter):
    """What people think of replies, or of the replies of a conversation."""

    title = _("feedback")
    parameter_name = "feedback"
    # From the model to its feedback.
    through = "feedback"

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
    through = "message__conversation_id"


class ReplyFeedbackFilter(FeedbackFilter):
    through = "message_id"


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """One row per conversation, with the sums of its replies."""

    list_display = (
        "title", "owner", "assistant", "replies", "failed", "output_tokens", "cost_usd",
        "updated_at", "state",
    )  # fmt: skip
    list_filter = (
        ModelFilter, StatusFilter, ErrorFilter, RepliesFeedbackFilter, "assistant", "updated_at",
        ("owner", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    search_fields = ("title", "owner__username", "messages__content")
    search_help_text = _("Title, user name, or any word that was said")
    date_hierarchy = "updated_at"
    list_select_related = ("owner", "assistant")
    list_per_page = 50
    fields = (
        "title", "title_by", "title_cost_usd", "owner", "assistant", "state", "created_at",
        "updated_at", "transcript",
    )  # fmt: skip
    readonly_fields = fields

    class Media:
        css = {"all": ["css/admin/transcript.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        conversations: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                replies_count=Count("messages", filter=REPLIES),
                failed_count=Count(
                    "messages", filter=REPLIES & Q(messages__status=Message.Status.FAILED)
                ),
                output_tokens_sum=Sum("messages__output_tokens"),
                cost_usd_sum=Sum("messages__cost_usd"),
            )
        )
        return conversations

    @admin.display(ordering="replies_count", description=_("replies"))
    def replies(self, conversation: Any) -> int:
        return int(conversation.replies_count)

    @admin.display(ordering="failed_count", description=_("failed"))
    def failed(self, conversation: Any) -> int | str:
        return conversation.failed_count or "–"

    @admin.display(ordering="output_tokens_sum", description=_("tokens written"))
    def output_tokens(self, conversation: Any) -> int | str:
        return conversation.output_tokens_sum or "–"

    @admin.display(ordering="cost_usd_sum", description=_("cost (USD)"))
    def cost_usd(self, conversation: Any) -> SafeString | str:
        return readable(conversation.cost_usd_sum)

    @admin.display(description=_("state"))
    def state(self, conversation: Conversation) -> str:
        if conversation.deleted_at is not None:
            return gettext("deleted, gone in a minute")
        return gettext("archived") if conversation.archived_at is not None else "–"

    @admin.display(description=_("what was said"))
    def transcript(self, conversation: Conversation) -> SafeString:
        return render_to_string("admin/chat/transcript.html", {"entries": transcript(conversation)})


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """One row per reply: which model, how fast, at what cost, and why it failed."""

    class Media:
        css = {"all": ["css/admin/transcript.css"]}

    list_display = (
        "created_at", "person", "excerpt", "status", "model", "first_token_ms",
        "processing_time_ms", "output_tokens", "tokens_per_second", "cost", "error_code",
        "thumbs",
    )  # fmt: skip
    list_filter = (
        "status", "model", "provider", "source", "error_code", ReplyFeedbackFilter, "created_at",
        ("conversation__owner", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    search_fields = ("content", "conversation__title", "conversation__owner__username")
    date_hierarchy = "created_at"
    list_select_related = ("conversation__owner",)
    list_per_page = 50
    exclude = (
        "conversation", "parent", "author", "client_id", "context", "prompt", "tries", "route",
    )  # fmt: skip
    readonly_fields = (
        "in_conversation", "told", "tokens_per_second", "chosen", "asked", "feedback",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        replies = super().get_queryset(request).filter(role=Message.Role.ASSISTANT)
        replies = replies.select_related("prompt__assistant")
        return replies.prefetch_related("feedback__person")

    @admin.display(description=_("feedback"))
    def thumbs(self, reply: Message) -> str:
        return ", ".join(each.get_rating_display() for each in reply.feedback.all()) or "–"

    @admin.display(description=_("feedback"))
    def feedback(self, reply: Message) -> SafeString | str:
        given = [(each.get_rating_display(), each.comment) for each in reply.feedback.all()]
        return format_html_join(mark_safe("<br>"), "{}: {}", given) or "–"

    @admin.display(ordering="conversation__owner__username", description=_("person"))
    def person(self, reply: Message) -> str:
        return reply.conversation.owner.get_username()

    @admin.display(description=_("text"))
    def excerpt(self, reply: Message) -> str:
        text = " ".join(reply.content.split())
        return text if len(text) <= 60 else f"{text[:59]}…"

    @admin.display(ordering="cost_usd", description=_("cost (USD)"))
    def cost(self, reply: Message) -> SafeString | str:
        return readable(reply.cost_usd)

    @admin.display(description=_("tokens per second"))
    def tokens_per_second(self, reply: Message) -> str:
        speed = reply.tokens_per_second
        return "–" if speed is None else number_format(speed)

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


@admin.register(InstantAnswer)
class InstantAnswerAdmin(admin.ModelAdmin):
    """Questions that are answered without asking a model, in use some seconds after saving."""

    list_display = ("__str__", "language", "is_active", "updated_at")
    list_filter = ("is_active", "language")
    search_fields = ("questions", "answer")
    fields = ("questions", "answer", "language", "is_active")
