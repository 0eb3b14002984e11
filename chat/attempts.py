"""How often somebody may try to sign in or up: `streaming` puts its count here.

`chat` has the pages and no Redis; without a count everybody may.
"""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# What is tried, by which request, and for whose account; gives the seconds to wait, 0 = allowed.
Count = Callable[[str, HttpRequest, str], float]
View = Callable[..., HttpResponseBase]
_count: Count | None = None


def install(count: Count) -> None:
    """Name the function that counts. Called once, at the start."""
    global _count
    _count = count


def counted(what: str) -> Callable[[View], View]:
    """Count what is posted to this view; too many get the empty form again, as 429."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST" or _count is None:
                return view(request, *args, **kwargs)
            wait = _count(what, request, request.POST.get("username", ""))
            if not wait:
                return view(request, *args, **kwargs)
            # Nothing of what was posted is looked at.
            request.method = "GET"
            messages.error(request, _sentence(wait))
            response = view(request, *args, **kwargs)
            response.status_code = 429
            response["Retry-After"] = str(max(1, math.ceil(wait)))
            return response

        return counting

    return decorate


def _sentence(wait: float) -> str:
    minutes = math.ceil(wait / 60)
    if minutes <= 1:
        return _("That was tried very often. Please wait a minute.")
    return ngettext(
        "That was tried very often. Please wait %(minutes)d minute.",
        "That was tried very often. Please wait %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}
