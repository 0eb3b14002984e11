"""In which language and time zone a page speaks to whoever asks for it."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import locale
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from chat.views.people import zone_of


class LocaleMiddleware(locale.LocaleMiddleware):
    """The language that was chosen, else the browser's; the zone that the page's script noted."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        timezone.activate(zone_of(request))

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        # Both may come from a cookie: no cache gives one person's page to another.
        patch_vary_headers(response, ["Cookie"])
        return super().process_response(request, response)
