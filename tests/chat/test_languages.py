"""Pages in the language of whoever reads them: chosen, or the browser's."""

import json
import re
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from django.views.defaults import server_error

from chat.export import as_markdown
from chat.models import Conversation, Message, Share, User
from chat.payloads import message_payload
from chat.views.details import details
from streaming import chunks
from streaming.doors.languages import language_of
from streaming.errors import ChatError, MessageTooLong, ProviderTimeout
from streaming.intake.checks import check_text
from tests.chat.talk import say
from tests.chat.test_translations import words_in

pytestmark = pytest.mark.django_db

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
ENGLISH = {"Accept-Language": "en-GB,en;q=0.9"}
# The same word in both languages, or nobody's word.
SAME = {
    "Rivulet", "Name", "Code", "Link", "Links", "English", "Deutsch", "Status", "Text",
    "1×", "0.75×", "1.25×", "1.5×", "2×", "Version", "Feedback", "Version 2 of 2",
}  # fmt: skip


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ada", password="a river in flood")


@pytest.fixture
def signed_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


@pytest.fixture
def conversation(person: User) -> Conversation:
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
    return client.get(address, headers=headers).content.decode()


# -- which language ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "language"),
    [({}, "en"), (GERMAN, "de"), (ENGLISH, "en"), ({"Accept-Language": "fr,ja"}, "en")],
)
def test_the_browsers_wish_is_the_beginning(
    client: Client, headers: dict[str, str], language: str
) -> None:
    response = client.get(reverse("sign-in"), headers=headers)
    assert f'<html lang="{language}" dir="ltr">' in response.content.decode()
    assert response["Content-Language"] == language


def test_a_choice_is_kept_and_leads_back_to_the_page(client: Client) -> None:
    here = reverse("sign-in") + "?next=/chat/"
    page = html_of(client, here, ENGLISH)
    assert 'name="next" value="/sign-in/?next=/chat/"' in page
    assert re.search(r'<button[^>]* value="de" lang="de"[^>]*>Deutsch</button>', page)
    assert re.search(r'<button[^>]* value="en"[^>]* aria-current="true">English</button>', page)
    answer = client.post(reverse("language"), {"language": "de", "next": here}, headers=ENGLISH)
    assert (answer.status_code, answer["Location"]) == (302, here)
    cookie = answer.cookies["language"]
    assert cookie.value == "de"
    assert cookie["max-age"] == 365 * 24 * 3600
    assert (cookie["samesite"], cookie["httponly"]) == ("Lax", True)
    assert "Willkommen zurück" in html_of(client, here, ENGLISH)
    client.post(reverse("language"), {"language": "en", "next": here})
    assert "Welcome back" in html_of(client, here, GERMAN)


def test_a_choice_leads_to_no_other_site_and_takes_no_other_word(client: Client) -> None:
    answer = client.post(reverse("language"), {"language": "de", "next": "https://example.org/"})
    assert answer["Location"] == "/"
    answer = client.post(reverse("language"), {"language": "../../etc", "next": "/"})
    assert "language" not in answer.cookies


@pytest.mark.parametrize("name", ["sign-in", "sign-up"])
def test_the_choice_is_there_before_anybody_is_signed_in(client: Client, name: str) -> None:
    assert 'value="de" lang="de"' in html_of(client, reverse(name))


def test_the_choice_is_on_the_settings_page(signed_in: Client) -> None:
    assert 'value="de" lang="de"' in html_of(signed_in, reverse("settings"))


@pytest.mark.parametrize(
    "path", ["/sign-in/", "/chat/", "/share/unknown/", "/chat/list/?fragment=1"]
)
def test_no_cache_gives_a_page_to_somebody_of_another_language(
    signed_in: Client, path: str
) -> None:
    varies = {each.strip() for each in signed_in.get(path)["Vary"].split(",")}
    assert {"Accept-Language", "Cookie"} <= varies


def test_a_language_that_is_written_from_right_to_left_turns_the_page(
    client: Client, settings: Any
) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    page = html_of(client, reverse("sign-in"), {"Accept-Language": "ar"})
    assert '<html lang="ar" dir="rtl">' in page
    assert re.search(r'value="ar" lang="ar" dir="rtl"', page)


# -- what is said ------------------------------------------------------------------------


def addresses(conversation: Conversation) -> list[str]:
    share = conversation.shares.get()
    first = conversation.messages.order_by("created_at").first()
    assert first is not None
    own = [conversation.id]
    return [
        reverse("chat-new"),
        reverse("conversation", args=own),
        reverse("conversation", args=own) + f"?at={first.id}",
        reverse("edit", args=[conversation.id, first.id]),
        reverse("conversation-delete", args=own),
        reverse("share", args=own),
        reverse("shared", args=[share.token]),
        reverse("conversation-list"),
        reverse("archive"),
        reverse("search"),
        reverse("search") + "?q=1815",
        reverse("search") + "?q=zzzz",
        reverse("settings"),
        reverse("shares"),
        reverse("password-change"),
        "/nowhere/",
    ]


def test_no_page_says_anything_in_english_to_who_reads_german(
    signed_in: Client, conversation: Conversation
) -> None:
    for address in addresses(conversation):
        english, german = (
            unhidden(html_of(signed_in, address, headers=headers)) for headers in (ENGLISH, GERMAN)
        )
        assert len(english) == len(german), address
        assert same(english, german) == [], address


@pytest.mark.parametrize("name", ["sign-in", "sign-up"])
def test_no_page_says_anything_in_english_to_who_comes_from_outside(
    client: Client, name: str
) -> None:
    for send in (client.get, client.post):
        pages = [send(reverse(name), headers=each).content.decode() for each in (ENGLISH, GERMAN)]
        assert same(*map(unhidden, pages)) == [], name


def unhidden(html: str) -> list[str]:
    """Every text that a person reads or hears, the browser's own phrases too."""
    phrases = re.search(r'<div id="phrases"(.*?)></div>', html, re.S)
    own = re.findall(r'data-[\w-]+="([^"]*)"', phrases[1]) if phrases else []
    return [words for _, words in words_in(html)] + [unescape(each) for each in own]


def same(english: list[str], german: list[str]) -> list[str]:
    """Words in both: nobody translated them."""
    both = {words for words in english if re.search(r"[^\W\d_]{2}", words)} & set(german)
    return sorted(words for words in both if words not in SAME and not is_somebodys(words))


def is_somebodys(words: str) -> bool:
    return words in {"ada", "m-1"} or "/share/" in words or bool(re.fullmatch(r"181\d.*", words))


@pytest.mark.parametrize(
    "template", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"]
)
def test_pages_about_errors_are_translated(template: str) -> None:
    pages = []
    for language in ("en", "de"):
        with translation.override(language):
            html = render_to_string(template)
            assert f'<html lang="{language}"' in html
            pages.append(unhidden(html))
    assert same(*pages) == []


def test_a_failure_of_ours_is_told_in_the_readers_language(rf: RequestFactory) -> None:
    with translation.override("de"):
        assert "Etwas ist schiefgegangen" in server_error(rf.get("/")).content.decode()


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


# -- sockets -----------------------------------------------------------------------------


def test_a_socket_speaks_the_language_of_its_page() -> None:
    headers = [(b"accept-language", b"de-AT,de;q=0.9")]
    assert language_of({}) == "en"
    assert language_of({"headers": headers}) == "de"
    assert language_of({"headers": headers, "cookies": {"language": "en"}}) == "en"
    assert language_of({"headers": [(b"accept-language", b"\xff;q=\xfe")]}) == "en"


# -- staff -------------------------------------------------------------------------------


def test_the_conversation_logs_are_german_for_german_staff(
    client: Client, conversation: Conversation
) -> None:
    client.force_login(User.objects.create_superuser("staff"))
    page = html_of(client, reverse("admin:index"), GERMAN)
    for words in ("Unterhaltungen", "Nachrichten", "Unterhaltungen und Personen"):
        assert words in page
    page = html_of(client, reverse("admin:chat_conversation_changelist"), GERMAN)
    for words in ("Titel, Benutzername", "Geschriebene Tokens", "Kosten (USD)", "Zustand"):
        assert words in page, words
    page = html_of(
        client, reverse("admin:chat_conversation_change", args=[conversation.id]), GERMAN
    )
    for words in ("was gesagt wurde", "insgesamt 2400 ms", "Das Modell hat zu lange"):
        assert words.lower() in page.lower(), words
    assert "archived_at" not in page
