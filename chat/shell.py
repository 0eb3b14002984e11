"""What the browser needs to show a page without a connection: its files, and their version.

The list is read from the pages themselves: what they name is what is kept.
"""

import hashlib
import re
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation

from chat.models import Conversation

# What a lazily loaded library needs is named in `content`: it is kept once it was used.
_NAMED = re.compile(r'(?:href|src)="([^"]+)"')
_PAGES = ("chat/conversation.html", "offline.html")
# What the pages load when they stand, by `import()`.
_LATER = ("device", "freshen", "keeping", "leaving", "left-behind", "zone")
# What a page loads where sockets are blocked: also one that was open before the last deploy.
_DETOUR = ("calls", "detour", "events", "holding", "reading", "visits")
VERSION_CHARS = 16


@dataclass(frozen=True, slots=True)
class Shell:
    """The files of the pages; ``is_immutable`` where their names carry their content's hash."""

    version: str
    files: tuple[str, ...]
    is_immutable: bool


def shell() -> Shell:
    """The files as they are now: with DEBUG they change under the same names."""
    return _read() if settings.DEBUG else _kept()


@cache
def _kept() -> Shell:
    return _read()


def _read() -> Shell:
    # The same version for everybody, whoever asks first.
    with translation.override(settings.LANGUAGE_CODE):
        pages = [render_to_string(name, {"csrf_token": "-"}) for name in _PAGES]
    prefix = settings.STATIC_URL
    named = {url for page in pages for url in _NAMED.findall(page) if url.startswith(prefix)}
    named |= {static(f"js/{name}.js") for name in _LATER}
    named |= {static(f"js/detour/{name}.js") for name in _DETOUR}
    files = tuple(sorted(named))
    digest = hashlib.sha256()
    # The page without a connection has no hash in its name.
    digest.update(pages[-1].encode())
    for url in files:
        digest.update(f"{url} {_stamp(url.removeprefix(prefix))}\n".encode())
    return Shell(digest.hexdigest()[:VERSION_CHARS], files, not settings.DEBUG)


def _stamp(name: str) -> str:
    """What tells two contents of one name apart; nothing where the name does."""
    found = finders.find(name) if settings.DEBUG else None
    if not found:
        return ""
    status = Path(str(found)).stat()
    return f"{status.st_mtime_ns} {status.st_size}"


def let_keep(
    response: HttpResponse, person_id: uuid.UUID, conversation: Conversation | None
) -> HttpResponse:
    """Let this person's browser keep the page, to show it without a connection."""
    response["X-Keep-For"] = str(person_id)
    response["X-Shell"] = shell().version
    # Header fields carry ASCII.
    response["X-Title"] = quote(conversation.title) if conversation else ""
    return response
