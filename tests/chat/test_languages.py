"""Pages in the language of whoever reads them: chosen, or the browser's."""

import re
from html import unescape
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from django.views.defaults import server_error

from chat.models import Conversation, User
from streaming.doors.languages import language_of
from tests.chat.languages import ENGLISH, GERMAN, conversation_of, html_of
from tests.chat.test_translations import words_in

pytestmark = pytest.mark.django_db

# The same word in both languages, or nobody's word.
SAME = {
    "Rivulet", "Name", "Code", "Link", "Links", "English", "Deutsch", "Status", "Text",
    "1×", "0.75×", "1.25×", "1.5×", "2×", "Version", "Feedback", "Version 2 of 2",
}  # fmt: skip


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ada", password="a river in flood")


@pytest.fixture
def conversation(person: User) -> Conversation:
    return conversation_of(person)


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
    assert "<h1>Willkommen</h1>" in html_of(client, here, ENGLISH)
    client.post(reverse("language"), {"language": "en", "next": here})
    assert "<h1>Welcome</h1>" in html_of(client, here, GERMAN)


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
    for words in (
        "Unterhaltungen", "Nachrichten", "Unterhaltungen und Personen", "Kostenübersicht",
        "Modelle und ihre Schutzschalter",
    ):  # fmt: skip
        assert words in page, words
    page = html_of(client, reverse("admin:chat_conversation_changelist"), GERMAN)
    for words in ("Titel, Benutzername", "Antworten", "Kosten (USD)", "Zustand"):
        assert words in page, words
    page = html_of(
        client, reverse("admin:chat_conversation_change", args=[conversation.id]), GERMAN
    )
    for words in ("was gesagt wurde", "insgesamt 2400 ms", "Das Modell hat zu lange"):
        assert words.lower() in page.lower(), words
    assert "archived_at" not in page
