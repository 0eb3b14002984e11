"""Readers of two languages, and a conversation whose own words are in neither."""

from datetime import UTC, datetime

from django.test import Client

from chat.models import Conversation, Message, Share, User
from streaming.errors import ProviderTimeout
from tests.chat.talk import say

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}


def conversation_of(person: User) -> Conversation:
    """With an answer, a failure, a link to it, and another one in the archive."""
    made = Conversation.objects.create(owner=person, title="1815")
    reply = say(made, "1 + 1?", "2", model="m-1", processing_time_ms=2400, first_token_ms=400)
    Message.objects.filter(id=reply.id).update(input_tokens=12345, output_tokens=1234)
    failed = ProviderTimeout()
    failed_reply = say(
        made, "2 + 2?", status=Message.Status.FAILED, error_code=failed.code,
        error_sentence=failed.sentence,
    )  # fmt: skip
    Share.objects.create(conversation=made, title=made.title, tip=failed_reply)
    Conversation.objects.create(
        owner=person, title="1816", archived_at=datetime(2026, 3, 4, 12, tzinfo=UTC)
    )
    return made


def html_of(client: Client, address: str, headers: dict[str, str] | None = None) -> str:
    """The page at this address."""
    return client.get(address, headers=headers).content.decode()
