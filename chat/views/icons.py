"""Browsers ask for this address whatever a page says."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static


def favicon(request: HttpRequest) -> HttpResponse:
    """Where the icon really is."""
    return HttpResponseRedirect(static("icon/favicon.svg"))
