"""A page for staff: which models are asked, and which are left alone for a while."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from streaming.circuits import UNKNOWN, State, states
from streaming.discovered import offered_now


@admin.site.admin_view
def providers(request: HttpRequest) -> HttpResponse:
    """Every model in the order in which it is asked, with its circuit breaker."""
    try:
        found = {one.model: one for one in states(map(str, settings.CHAT_MODELS.models))}
    except (RedisError, OSError):
        found = {}
    rows = [
        (model, found.get(str(model), State(str(model), UNKNOWN)))
        for model in settings.CHAT_MODELS.models
    ]
    try:
        offered = offered_now()
    except (RedisError, OSError):
        offered = ()
    context = admin.site.each_context(request) | {
        "title": _("Models"),
        "rows": rows,
        "offered": offered,
    }
    return TemplateResponse(request, "admin/providers.html", context)
