"""Costs in the admin: the ledger's lines, and what a person may spend."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from chat.admin_filters import AssistantFilter, ModelFilter, ProviderFilter, SpenderFilter
from chat.admin_read_only import ReadOnlyAdmin
from chat.models import Budget, Spending
from chat.models.costs import in_usd
from chat.money import exact, readable


class BudgetInline(admin.StackedInline):
    """What this person may spend, where it differs from what everybody may."""

    model = Budget
    extra = 0


class PersonAdmin(UserAdmin):
    """A person's account, with the budget."""

    inlines = (BudgetInline,)


class SpendingAdmin(ReadOnlyAdmin):
    """The ledger's lines; the sums are on the page of the costs."""

    list_display = (
        "day", "person", "provider", "model", "purpose", "calls", "input_tokens", "output_tokens",
        "cost", "estimated", "unpriced_calls",
    )  # fmt: skip
    list_filter = (
        SpenderFilter, "day", ProviderFilter, ModelFilter, "purpose", AssistantFilter,
    )  # fmt: skip
    date_hierarchy = "day"
    list_select_related = ("person",)
    list_per_page = 100
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    exclude = ("cost_units", "estimated_units")
    readonly_fields = ("exact_cost", "exact_estimated")

    class Media:
        css = {"all": ["css/admin/tables.css"]}

    @admin.display(ordering="cost_units", description=_("cost (USD)"))
    def cost(self, line: Spending) -> SafeString | str:
        return readable(line.cost_usd)

    @admin.display(ordering="estimated_units", description=_("estimated (USD)"))
    def estimated(self, line: Spending) -> SafeString | str:
        return readable(in_usd(line.estimated_units))

    @admin.display(description=_("cost (USD)"))
    def exact_cost(self, line: Spending) -> str:
        return exact(line.cost_usd)

    @admin.display(description=_("estimated (USD)"))
    def exact_estimated(self, line: Spending) -> str:
        return exact(in_usd(line.estimated_units))
