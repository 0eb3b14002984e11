"""What makes the pages an app: service worker, manifest, and the page without a connection."""

import json
import uuid
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from chat.access import conversations_of
from chat.shell import shell
from chat.views.people import person

# As many as a browser keeps (static/js/offline/rules.js), and some.
ASKED_MAX = 100


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """A few lines that differ with every version: that is how browsers notice a new one."""
    now = shell()
    config = {
        "version": now.version,
        "isImmutable": now.is_immutable,
        "static": settings.STATIC_URL,
        "offline": reverse("offline"),
        "kept": reverse("offline-kept"),
        "files": now.files,
    }
    script = (
        f'import {{ serve }} from "{static("js/offline/worker.js")}";\n'
        f"serve(self, {json.dumps(config)});\n"
    )
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(no_cache=True)
def manifest(request: HttpRequest) -> HttpResponse:
    """The app's name, icons and colours."""
    content = {
        "id": "/",
        "name": "Rivulet",
        "short_name": "Rivulet",
        "description": _("A chat that answers while you read."),
        "lang": get_language(),
        "dir": "auto",
        "start_url": reverse("home"),
        "scope": "/",
        "display": "standalone",
        # One for both: the pages say which belongs to light and which to dark.
        "background_color": "#f7f8f6",
        "theme_color": "#0f6a73",
        "icons": [
            _icon("favicon.svg", "any", "any", "image/svg+xml"),
            _icon("icon-192.png", "192x192", "any"),
            _icon("icon-512.png", "512x512", "any"),
            _icon("maskable-192.png", "192x192", "maskable"),
            _icon("maskable-512.png", "512x512", "maskable"),
        ],
        "shortcuts": [
            {
                "name": _("New conversation"),
                "url": reverse("chat-new"),
                "icons": [_icon("icon-192.png", "192x192", "any")],
            }
        ],
    }
    return JsonResponse(content, content_type="application/manifest+json")


def _icon(name: str, sizes: str, purpose: str, kind: str = "image/png") -> dict[str, str]:
    return {"src": static(f"icon/{name}"), "sizes": sizes, "purpose": purpose, "type": kind}


@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """Shown in the place of a page that is not on the device. It says nothing of anybody."""
    response = render(request, "offline.html")
    response["Content-Language"] = get_language() or settings.LANGUAGE_CODE
    return response


@require_safe
@login_required
@cache_control(private=True, no_store=True)
def kept(request: HttpRequest) -> HttpResponse:
    """Which of the conversations ``ids`` still are this person's, and their titles.

    Those that are not, because they were deleted elsewhere, leave the device.
    """
    titles = conversations_of(person(request)).filter(id__in=list(_ids(request)))
    return JsonResponse(
        {
            "person": str(person(request).id),
            "titles": {str(each): title for each, title in titles.values_list("id", "title")},
        }
    )


def _ids(request: HttpRequest) -> Iterator[uuid.UUID]:
    for name in request.GET.get("ids", "").split(",")[:ASKED_MAX]:
        try:
            yield uuid.UUID(name)
        except ValueError:
            continue
