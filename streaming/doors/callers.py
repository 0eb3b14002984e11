"""Who asks over HTTP: the person of a session."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from chat.models import User
from chat.sessions import SignIn
from streaming.errors import Forbidden, Unauthenticated

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what that holds by."""

    user: User
    sign_in: SignIn
    key: None = None


async def caller_of(request: HttpRequest, *, scope: str) -> Caller:
    """The person who asks. Raises Unauthenticated, Forbidden."""
    user = await request.auser()
    if not user.is_authenticated:
        raise Unauthenticated
    if request.method not in SAFE_METHODS:
        check_csrf(request)
    session = request.session
    auth_hash = await session.aget(HASH_SESSION_KEY, "")
    return Caller(user, SignIn(user.id, session.session_key or "", auth_hash))


class _Csrf(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def _nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


_csrf = _Csrf(_nothing)


def check_csrf(request: HttpRequest) -> None:
    """Raises Forbidden where a page of another site may have sent this."""
    _csrf.process_request(request)
    if _csrf.process_view(request, _nothing, (), {}):
        raise Forbidden("The CSRF token is missing or wrong: send it as X-CSRFToken.")
