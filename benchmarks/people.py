"""Signed-in people and what they have said, straight from the database."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from chat.models import Conversation, Message, User


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


def conversation(messages: int, answer: str) -> str:
    """A finished conversation of the newest person; gives its id."""
    kept = Conversation.objects.create(owner=User.objects.latest("date_joined"), title="Rivers")
    parent = None
    made = []
    for number in range(messages):
        is_reply = number % 2 == 1
        parent = Message(
            conversation=kept,
            parent=parent,
            role=Message.Role.ASSISTANT if is_reply else Message.Role.USER,
            content=answer if is_reply else f"What about river number {number}?",
            created_at=kept.created_at + timedelta(seconds=number),
        )
        made.append(parent)
    Message.objects.bulk_create(made)
    Conversation.objects.filter(id=kept.id).update(tip=made[-1])
    return str(kept.id)
