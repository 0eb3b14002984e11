"""Whether a signed-in session still holds: a socket outlives sign-out and password change."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat.models import User


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a connection was opened with: who, in which session, under which password."""

    user_id: uuid.UUID
    session_key: str
    auth_hash: str


def still_valid(sign_ins: Iterable[SignIn]) -> set[SignIn]:
    """Those that still hold: session alive, person active, password unchanged. Two queries."""
    asked = set(sign_ins)
    alive = set(
        Session.objects.filter(
            session_key__in={one.session_key for one in asked}, expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    active = User.objects.filter(is_active=True).only("id", "password")
    users = active.in_bulk({one.user_id for one in asked})
    return {
        one
        for one in asked
        if one.session_key in alive
        and (user := users.get(one.user_id)) is not None
        and constant_time_compare(user.get_session_auth_hash(), one.auth_hash)
    }
