"""Who calls, for doors that programs come through: by a session, or by an API key.

Views that ask here are ``csrf_exempt``: only a session needs that check, for only a session is
sent by a browser that somebody else's page told to. It is made here, by Django's own middleware.
Where a request has both, the key counts: it was given on purpose.
"""

from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from chat import keys
from chat.models import ApiKey, User
from chat.sessions import SignIn, still_valid
from streaming.errors import Forbidden, Unauthenticated

# Whose page it is that asks, which pages say and programs need not: one that was left open does not
# speak for whoever has signed in at its browser since. A socket says it in its address (whose.py).
PERSON = "X-Person"

_find = database_sync_to_async(keys.find)
_still_valid = database_sync_to_async(still_valid)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. ``key`` is None where it is a session.

    ``sign_in`` goes with what they ask for (`submit`, a reading): it says by which key, and
    whether that still holds.
    """

    user: User
    key: ApiKey | None
    sign_in: SignIn

    async def still_holds(self) -> bool:
        """Whether they are still signed in, and the key was not revoked."""
        return bool(await _still_valid([self.sign_in]))


async def caller_of(request: HttpRequest, *, scope: str) -> Caller:
    """Who calls, and may do what this scope (`chat.models.keys.Scope`) names.

    Raises Unauthenticated (401: nobody, or no key that holds) and Forbidden (403: the key has not
    that scope, or a session without the CSRF token).
    """
    secret = _secret(request)
    if secret is None:
        return await _by_session(request)
    key = await _find(secret)
    if key is None:
        raise Unauthenticated
    if not key.may(scope):
        raise Forbidden("This key may not be used for that.", detail=f"scope {scope}")
    sign_in = SignIn(key.owner_id, key_id=key.id, key_rate=key.rate_per_minute)
    return Caller(key.owner, key, sign_in)


def _secret(request: HttpRequest) -> str | None:
    """``Authorization: Bearer …``, else ``x-api-key``, which Anthropic's clients send.

    Another scheme is not for us: a proxy in front may ask for a password of its own.
    """
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    return request.headers.get("x-api-key")


async def _by_session(request: HttpRequest) -> Caller:
    user = await request.auser()
    if not user.is_authenticated or request.headers.get(PERSON, str(user.id)) != str(user.id):
        raise Unauthenticated
    _check_csrf(request)
    session = request.session
    auth_hash = await session.aget(HASH_SESSION_KEY, "")
    sign_in = SignIn(user.id, session.session_key or "", auth_hash)
    return Caller(user, None, sign_in)


def _nothing(request: HttpRequest) -> HttpResponse:
    """Stands for the view, which is exempt."""
    return HttpResponse()


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check, which gives the reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _check_csrf(request: HttpRequest) -> None:
    # It looks for the token in a form too: whoever asks has looked at the length.
    reason = _CsrfCheck(_nothing).process_view(request, _nothing, (), {})
    if reason:
        raise Forbidden(
            "The CSRF token is missing or wrong: send it as X-CSRFToken.", detail=str(reason)
        )
