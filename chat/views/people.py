"""Who asks, and for which of their conversations."""

import uuid
import zoneinfo
from datetime import UTC, tzinfo
from typing import cast

from django.http import Http404, HttpRequest

from chat.access import NotFound, access_conversation
from chat.context import ZONE_COOKIE
from chat.models import Conversation, User


def person(request: HttpRequest) -> User:
    """The person who is signed in: behind login_required nobody is anonymous."""
    return cast(User, request.user)


def own(request: HttpRequest, conversation_id: uuid.UUID) -> Conversation:
    """The person's conversation. Raises Http404."""
    try:
        return access_conversation(person(request), conversation_id)
    except NotFound:
        raise Http404 from None


def zone_of(request: HttpRequest) -> tzinfo:
    """The person's time zone, which the page's script has put into a cookie; else UTC."""
    try:
        return zoneinfo.ZoneInfo(request.COOKIES.get(ZONE_COOKIE, ""))
    except (KeyError, ValueError, OSError):
        # No zone, no name, or the name of a folder of zones.
        return UTC
