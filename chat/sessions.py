"""Whether a sign-in still holds: a socket outlives sign-out, a new password, a revoked key."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat import keys
from chat.models import User


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a connection was opened with: who, in which session, under which password.

    Or by which API key: then there is no session. ``key_rate``: how many messages a minute that
    key may send; None: as many as the person.
    """

    user_id: uuid.UUID
    session_key: str = ""
    auth_hash: str = ""
    key_id: uuid.UUID | None = None
    key_rate: int | None = None


def still_valid(sign_ins: Iterable[SignIn]) -> set[SignIn]:
    """Those that still hold: session alive or key in use, person active, password unchanged.

    At most two queries for the sessions and one for the keys.
    """
    asked = set(sign_ins)
    by_key = {one for one in asked if one.key_id}
    return _valid_sessions(asked - by_key) | _valid_keys(by_key)


def _valid_keys(asked: set[SignIn]) -> set[SignIn]:
    if not asked:
        return set()
    valid = keys.still_valid(one.key_id for one in asked if one.key_id)
    return {one for one in asked if one.key_id in valid}


def _valid_sessions(asked: set[SignIn]) -> set[SignIn]:
    if not asked:
        return set()
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
