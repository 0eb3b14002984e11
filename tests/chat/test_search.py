"""Search over titles and texts: what is found, what is shown of it, what cannot break it.

Runs on SQLite, and once more on PostgreSQL (test_search_on_postgres.py).
"""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, Message, User
from chat.search.find import FOUND_MAX, search
from chat.search.words import marked, snippet, words_in
from tests.chat.talk import talk

pytestmark = pytest.mark.django_db

sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's index")


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person")


def titles(person: User, query: str) -> list[str]:
    return [one.conversation.title for one in search(person, query)]


def test_words_of_titles_and_of_texts_are_found(person: User) -> None:
    talk(person, "About rivers", "Where do they begin?", "In the mountains.")
    talk(person, "Something else", "What is granite?", "A stone from deep below.")
    assert titles(person, "rivers") == ["About rivers"]
    assert titles(person, "granite") == ["Something else"]
    assert titles(person, "stone deep") == ["Something else"]
    assert titles(person, "stone mountains") == []


def test_the_beginning_of_a_word_is_enough_and_case_does_not_count(person: User) -> None:
    talk(person, "One", "Question", "The MOUNTAINS are high.")
    assert titles(person, "mount") == ["One"]
    assert titles(person, "Mountains hi") == ["One"]
    assert titles(person, "ountains") == []


def test_titles_come_first_and_then_the_newest(person: User) -> None:
    old = timezone.now() - timedelta(days=3)
    talk(person, "River in the title", "x", updated_at=old)
    talk(person, "Earlier", "a river")
    talk(person, "Later", "another river")
    assert titles(person, "river") == ["River in the title", "Later", "Earlier"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("川の流れは静かです。", "流れ"),
        ("川の流れは静かです。", "静か 川"),
        ("แม่น้ำไหลลงทะเล", "ไหล"),
        ("Река течёт к морю", "теч"),
        ("강은 바다로 흐른다", "바다"),
        ("النهر يجري نحو البحر", "يجري"),
        ("größere Flüsse", "größere"),
    ],
)
def test_many_languages_are_found(person: User, text: str, query: str) -> None:
    talk(person, "Foreign", "?", text)
    assert titles(person, query) == ["Foreign"]


def test_titles_are_found_without_their_accents(person: User) -> None:
    talk(person, "Une façade naïve", "?")
    assert titles(person, "FACADE naive") == ["Une façade naïve"]


@sqlite_only
def test_texts_are_found_without_their_accents(person: User) -> None:
    talk(person, "Words", "?", "une façade naïve")
    assert titles(person, "facade naive") == ["Words"]


def test_nobody_elses_words_are_found(person: User) -> None:
    other = User.objects.create_user("other")
    talk(other, "A secret", "the password is granite")
    assert titles(person, "granite") == titles(person, "secret") == []


def test_what_was_deleted_is_not_found_and_what_was_archived_is(person: User) -> None:
    talk(person, "Gone granite", "granite", deleted_at=timezone.now())
    talk(person, "Away", "granite", archived_at=timezone.now())
    assert titles(person, "granite") == ["Away"]


@pytest.mark.parametrize(
    "query",
    [
        '"', "'", '"river', "river OR", "NOT river", "AND", "river NEAR/2 stone", "text:river",
        "-river", "river*", "(river", "^river", "a & b", "!river", "river:*", "<->", "\\", "\\'",
        "'; DROP TABLE chat_message; --", "%", "_", "!!! ???", "", "   ", "\x00", "ri\x00ver",
        "x" * 10_000, "word " * 2_000, "𝔘𝔫𝔦", "e\u0301", "\u202e", "👩\u200d💻", "ﬁ", "c++",
    ],
)  # fmt: skip
def test_nothing_that_is_typed_breaks_the_query(person: User, query: str) -> None:
    talk(person, "River", "river", "stone")
    search(person, query)


def test_a_percent_sign_is_no_wildcard(person: User) -> None:
    talk(person, "One", "水が流れる")
    assert titles(person, "水%る") == []


def test_there_are_never_more_than_a_page_of_results(person: User) -> None:
    for number in range(FOUND_MAX + 5):
        talk(person, f"Number {number}", "granite")
    assert len(search(person, "granite")) == FOUND_MAX


def test_one_long_conversation_does_not_hide_the_others(person: User) -> None:
    talk(person, "Short", "granite")
    talk(person, "Long", *["granite"] * 400)
    assert titles(person, "granite") == ["Long", "Short"]


def test_a_finished_reply_is_found_and_a_changed_one_by_its_new_words(person: User) -> None:
    conversation = talk(person, "One", "Question", "")
    said = Message.objects.filter(conversation=conversation)
    said.filter(content__in=["", "basalt"]).update(content="basalt")
    assert titles(person, "basalt") == ["One"]
    said.filter(content__in=["", "basalt"]).update(content="granite")
    assert titles(person, "basalt") == []
    assert titles(person, "granite") == ["One"]
    conversation.delete()
    assert titles(person, "granite") == []


@sqlite_only
def test_the_index_holds_exactly_what_the_table_holds(person: User) -> None:
    kept = talk(person, "Kept", "one granite", "two", "")
    talk(person, "Gone", "three granite", "four").delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM chat_search_entry")
        assert cursor.fetchone()[0] == 2
        # The index checks itself against nothing here: it keeps no texts. So its words are asked.
        cursor.execute("SELECT count(*) FROM chat_search WHERE chat_search MATCH 'granite'")
        assert cursor.fetchone()[0] == 1
    kept.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM chat_search WHERE chat_search MATCH 'granite'")
        assert cursor.fetchone()[0] == 0


@sqlite_only
def test_a_migration_that_lost_the_triggers_makes_them_anew(person: User) -> None:
    talk(person, "Before", "granite")
    with connection.cursor() as cursor:
        for name in ("added", "changed", "removed"):
            cursor.execute(f"DROP TRIGGER chat_search_{name}")
    talk(person, "Meanwhile", "granite")
    call_command("migrate", verbosity=0)
    talk(person, "After", "granite")
    assert titles(person, "granite") == ["After", "Meanwhile", "Before"]


# -- what is shown -----------------------------------------------------------------------


def test_hits_are_marked_and_the_rest_is_left_as_it_is() -> None:
    assert marked("Größe einer Façade", words_in("facade grosse")) == [
        ("Größe", True),
        (" einer ", False),
        ("Façade", True),
    ]


def test_a_snippet_shows_the_place_of_the_hit_on_one_line() -> None:
    text = "Long before. " * 50 + "\n\n**Granite** is\na stone. " + "And after. " * 50
    pieces = snippet(text, ["granite"])
    line = "".join(piece for piece, _ in pieces)
    assert ("Granite", True) in pieces
    assert "\n" not in line
    assert "*" not in line
    assert line.startswith("…")
    assert line.endswith("…")
    assert len(line) < 200


def page(client: Client, query: str, **more: str) -> str:
    response = client.get(reverse("search"), {"q": query, **more})
    assert response.status_code == 200
    return response.content.decode()


def test_nothing_in_a_result_is_html(client: Client, person: User) -> None:
    talk(person, "<b>granite</b>", "<img src=x onerror=alert(1)> granite & <mark>more</mark>")
    client.force_login(person)
    html = page(client, "granite")
    assert "&lt;b&gt;<mark>granite</mark>&lt;/b&gt;" in html
    assert "<img" not in html
    assert "&lt;mark&gt;more" in html


def test_the_page_says_what_was_not_found_and_what_to_do(client: Client, person: User) -> None:
    client.force_login(person)
    html = page(client, "<script>")
    assert "Nothing was said about “&lt;script&gt;”." in html
    assert "Fewer or shorter words" in html
    assert "All words you type" in page(client, "")


def test_a_fragment_is_only_the_results(client: Client, person: User) -> None:
    talk(person, "River", "x")
    client.force_login(person)
    html = page(client, "river", fragment="1")
    assert "<html" not in html
    assert 'class="found-link"' in html


def test_a_result_leads_to_the_message(client: Client, person: User) -> None:
    conversation: Conversation = talk(person, "Long", *[f"word{n} granite" for n in range(500)])
    client.force_login(person)
    early: Any = conversation.messages.order_by("created_at")[100]
    address = f"/chat/{conversation.id}/?at={early.id}#m-{early.id}"
    assert address in page(client, "word100")
    html = client.get(address).content.decode()
    assert f'id="m-{early.id}"' in html
    assert "To the newest messages" in html
