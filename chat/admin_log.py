"""Lists of any length in the admin: the work for a page is that of its rows."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from chat.admin_read_only import ReadOnlyAdmin
from chat.search.words import words_in


class LogList(ChangeList):
    """Finds out which rows a page has before it asks for what is shown of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        ids = list(self.result_list.values_list("pk", flat=True))
        rows = self.root_queryset.in_bulk(ids)
        self.result_list = [rows[each] for each in ids if each in rows]


class LogAdmin(ReadOnlyAdmin):
    """What was said, the newest first, searched by the same index as a person's own pages."""

    empty_value_display = "–"
    change_list_template = "admin/chat/log.html"
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    # Shows the box; where it looks is told by `matching`.
    search_fields = ("id",)
    search_help_text = _("Title, user name, or any word that was said")

    class Media:
        css = {"all": ["css/admin/tables.css", "css/admin/log.css", "css/admin/transcript.css"]}

    def matching(self, word: str) -> Q:
        """Rows with this word, or one that it begins."""
        raise NotImplementedError

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LogList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        words = words_in(search_term)
        if search_term and not words:
            return queryset.none(), False
        for word in words:
            queryset = queryset.filter(self.matching(word))
        return queryset, False
