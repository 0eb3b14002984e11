"""In which language a socket speaks, and whoever is answered before Django is asked."""

from typing import Any

from django.http import HttpRequest, parse_cookie
from django.utils.translation import get_language_from_request


def language_of(scope: dict[str, Any]) -> str:
    """The one that the pages of this browser have: chosen in a cookie, else the browser's wish."""
    request = HttpRequest()
    headers = dict(scope.get("headers", ()))
    if "cookies" in scope:
        request.COOKIES = scope["cookies"]
    else:
        # Before any middleware.
        request.COOKIES = parse_cookie(headers.get(b"cookie", b"").decode("latin-1"))
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get(b"accept-language", b"").decode("latin-1")
    return get_language_from_request(request)
