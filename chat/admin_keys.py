"""API keys in the admin: listed, revoked, and made for somebody; never their secrets."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from chat import keys
from chat.admin_filters import PersonFilter
from chat.admin_read_only import ReadOnlyAdmin
from chat.key_form import StaffKeyForm
from chat.models import ApiKey


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("valid", gettext("valid")),
            ("expired", gettext("expired")),
            ("revoked", gettext("revoked")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        expired = Q(expires_at__lte=timezone.now(), revoked_at=None)
        match self.value():
            case "valid":
                return keys.in_use(queryset)
            case "expired":
                return queryset.filter(expired)
            case "revoked":
                return queryset.filter(revoked_at__isnull=False)
        return queryset


class ApiKeyAdmin(ReadOnlyAdmin):
    """One row per key; what it may is settled when it is made."""

    form = StaffKeyForm
    actions = ("revoke",)
    list_display = (
        "name", "prefix", "owner", "may", "state", "rate_per_minute", "budget_usd",
        "last_used_at", "expires_at", "created_at",
    )  # fmt: skip
    list_filter = (PersonFilter, StateFilter, "created_at")
    search_fields = ("name", "prefix", "owner__username")
    list_select_related = ("owner",)
    list_per_page = 100
    autocomplete_fields = ("owner",)

    class Media:
        css = {"all": ["css/admin/tables.css"]}

    shown = (
        "owner", "name", "prefix", "may", "state", "rate_per_minute", "budget_usd",
        "keeps_conversations", "created_at", "expires_at", "revoked_at", "last_used_at",
    )  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else StaffKeyForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever could change keys, if there were anything to change."""
        return admin.ModelAdmin.has_change_permission(self, request)

    @admin.display(description=_("may"))
    def may(self, key: ApiKey) -> str:
        return " · ".join(key.scope_labels)

    @admin.display(description=_("state"))
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return gettext("revoked")
        if key.is_expired:
            return gettext("expired")
        return gettext("valid") if key.owner.is_active else gettext("its owner may not sign in")

    @admin.action(description=_("Revoke these keys, for good"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset.filter(revoked_at=None):
            self.log_change(request, key, "Revoked.")
        count = keys.revoke(queryset)
        done = ngettext("%(count)d key was revoked.", "%(count)d keys were revoked.", count)
        self.message_user(request, done % {"count": count}, messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # Kept no longer than this request.
        request.made_secret = keys.make(obj)  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The one page that has the secret."""
        context = self.admin_site.each_context(request) | {
            "title": gettext("A new API key"),
            "opts": self.opts,
            "key": obj,
            "secret": request.made_secret,  # type: ignore[attr-defined]
        }
        response = TemplateResponse(request, "admin/chat/key_made.html", context)
        response["Cache-Control"] = "private, no-store"
        return response
