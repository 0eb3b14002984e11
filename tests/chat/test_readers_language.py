"""What is kept in no language is told in the reader's: figures, dates and errors."""

import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from chat.export import as_markdown
from chat.models import Conversation, Message, Share, User
from chat.payloads import message_payload
from chat.views.details import details
from streaming import chunks
from streaming.errors import ChatError, MessageTooLong, ProviderTimeout
from streaming.intake.checks import check_text
from tests.chat.languages import ENGLISH, GERMAN, conversation_of, html_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ada", password="a river in flood")


@pytest.fixture
def conversation(person: User) -> Conversation:
    return conversation_of(person)


# -- dates and numbers -------------------------------------------------------------------


def test_figures_are_written_as_the_reader_writes_them(conversation: Conversation) -> None:
    reply = conversation.messages.filter(model="m-1").get()
    reply.cost_usd = Decimal("0.00123")
    with translation.override("en"):
        assert figures(reply) == {
            "m-1", "0.4\u00a0s", "2.4\u00a0s", "12,345", "1,234", "617", "$0.0012",
        }  # fmt: skip
    with translation.override("de"):
        assert figures(reply) == {
            "m-1", "0,4\u00a0s", "2,4\u00a0s", "12.345", "1.234", "617", "0,0012\u00a0$",
        }  # fmt: skip


def figures(reply: Message) -> set[str]:
    return {each.value for each in details(reply).figures if each.value}


def test_dates_are_of_the_readers_language_and_zone(
    signed_in: Client, conversation: Conversation
) -> None:
    Share.objects.update(created_at=datetime(2026, 3, 4, 23, 30, tzinfo=UTC))
    signed_in.cookies["zone"] = "Europe/Vienna"
    page = html_of(signed_in, reverse("share", args=[conversation.id]), GERMAN)
    assert "Stand vom 5. März 2026 00:30 (CET)" in page
    page = html_of(signed_in, reverse("archive"), GERMAN)
    assert "Archiviert am 4. März 2026" in page
    signed_in.cookies["zone"] = "../../etc/passwd"
    page = html_of(signed_in, reverse("share", args=[conversation.id]), ENGLISH)
    assert "As it was on March 4, 2026, 11:30 p.m. (UTC)" in page


def test_months_of_the_list_have_german_names(signed_in: Client, person: User) -> None:
    Conversation.objects.create(
        owner=person, title="1805", updated_at=datetime(2024, 3, 4, tzinfo=UTC)
    )
    page = html_of(signed_in, reverse("chat-new"), GERMAN)
    assert "<h2>Heute</h2>" in page
    assert "<h2>März 2024</h2>" in page


def test_a_saved_file_speaks_the_readers_language(conversation: Conversation) -> None:
    with translation.override("de"):
        text = as_markdown(conversation)
    assert "## Du" in text
    assert "*Das Modell hat zu lange nicht geantwortet. Bitte versuch es noch einmal.*" in text


# -- errors ------------------------------------------------------------------------------


def test_a_failed_reply_says_why_in_the_language_of_whoever_reads_it(
    signed_in: Client, conversation: Conversation
) -> None:
    address = reverse("conversation", args=[conversation.id])
    assert "Das Modell hat zu lange nicht geantwortet." in html_of(signed_in, address, GERMAN)
    assert "The model took too long to answer." in html_of(signed_in, address, ENGLISH)
    failed = conversation.messages.get(status=Message.Status.FAILED)
    assert failed.error_sentence == ProviderTimeout.sentence
    with translation.override("de"):
        error = message_payload(failed)["error"]
    assert error["code"] == "provider_timeout"
    assert error["sentence"].startswith("Das Modell hat zu lange")


def test_the_closing_chunk_of_a_failed_reply_is_translated_and_nothing_else_is() -> None:
    made = (uuid.uuid4(), uuid.uuid4(), 3)
    failed = chunks.entry(chunks.Chunk(*made, "error", ProviderTimeout.sentence, {"code": "x"}))
    token = chunks.entry(chunks.Chunk(*made, "token", "Archive"))
    with translation.override("de"):
        told = json.loads(chunks.told(failed))
        assert chunks.told(token) == token["frame"]
    assert told["content"].startswith("Das Modell hat zu lange")
    assert told | {"content": ""} == json.loads(failed["frame"]) | {"content": ""}


def test_every_sentence_of_an_error_has_a_translation() -> None:
    def tree(error: type[ChatError]) -> set[str]:
        own = {error.sentence} if "sentence" in vars(error) else set()
        return own.union(*(tree(each) for each in error.__subclasses__()))

    sentences = tree(ChatError)
    assert len(sentences) > 10
    with translation.override("de"):
        assert [each for each in sentences if translation.gettext(each) == each] == []


def test_a_message_that_is_too_long_is_told_with_the_readers_numbers(settings: Any) -> None:
    settings.CHAT_MESSAGE_MAX_CHARS = 1000
    with pytest.raises(MessageTooLong) as raised:
        check_text("x" * 1234)
    english = "The message has 1,234 characters; at most 1,000 are accepted."
    assert raised.value.sentence == english
    with translation.override("en"):
        assert raised.value.told() == english
    with translation.override("de"):
        german = "Die Nachricht hat 1.234 Zeichen; höchstens 1.000 sind möglich."
        assert raised.value.told() == german


def test_braces_in_a_sentence_without_numbers_are_only_braces() -> None:
    assert MessageTooLong("{count}").told() == "{count}"
