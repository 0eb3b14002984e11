"""Signed-in people, straight from the database."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from chat.models import User


def sign_in(count: int) -> list[str]:
    """Make people; gives each one's `Cookie` header."""
    people = [User(username=f"bench-{number}") for number in range(count)]
    for person in people:
        person.set_unusable_password()
    User.objects.bulk_create(people)
    return [_cookie(person) for person in people]


def _cookie(person: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
