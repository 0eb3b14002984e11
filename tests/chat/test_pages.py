"""The pages, through Django's client: who sees them, what a list shows, and their files."""

import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from chat.models import Conversation, User
from tests.chat.talk import say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person")


@pytest.fixture
def conversation(person: User) -> Conversation:
    return made(person, "About rivers")


@pytest.fixture
def foreign() -> Conversation:
    return made(User.objects.create_user("other"), "A secret")


def made(owner: User, title: str) -> Conversation:
    return Conversation.objects.create(owner=owner, title=title)


def page(client: Client, conversation: Conversation) -> str:
    return client.get(reverse("conversation", args=[conversation.id])).content.decode()


# -- who sees what -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["home", "chat-new", "settings", "password-change"])
def test_signed_out_person_is_sent_to_sign_in(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("sign-in"))


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("conversation", "get"),
        ("conversation-rename", "post"),
        ("conversation-delete", "get"),
        ("conversation-delete", "post"),
    ],
)
def test_foreign_conversation_looks_unknown(
    signed_in: Client, foreign: Conversation, name: str, method: str
) -> None:
    request = getattr(signed_in, method)
    theirs = request(reverse(name, args=[foreign.id]), {"title": "Mine now"})
    unknown = request(reverse(name, args=[uuid.uuid4()]), {"title": "Mine now"})
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content
    foreign.refresh_from_db()
    assert foreign.title == "A secret"


def test_list_has_only_ones_own_conversations(
    signed_in: Client, conversation: Conversation, foreign: Conversation
) -> None:
    html = signed_in.get(reverse("chat-new")).content.decode()
    assert conversation.title in html
    assert foreign.title not in html


# -- conversations -----------------------------------------------------------------------


def test_home_is_the_newest_conversation(signed_in: Client, person: User) -> None:
    assert signed_in.get("/")["Location"] == reverse("chat-new")
    made(person, "Older")
    newest = made(person, "Newer")
    assert signed_in.get("/")["Location"] == reverse("conversation", args=[newest.id])


def test_current_conversation_is_marked_in_the_list(
    signed_in: Client, person: User, conversation: Conversation
) -> None:
    made(person, "Another")
    html = page(signed_in, conversation)
    assert html.count('aria-current="page"') == 1


def test_list_stops_at_the_newest_fifty(signed_in: Client, person: User) -> None:
    Conversation.objects.bulk_create(
        Conversation(owner=person, title=f"Number {n:02}") for n in range(52)
    )
    html = signed_in.get(reverse("chat-new")).content.decode()
    assert html.count('class="conversation-link"') == 50 + 1  # and the one that is copied


def test_page_takes_as_many_queries_for_many_messages_as_for_few(
    signed_in: Client, conversation: Conversation, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        say(conversation, f"Question {number}", "Answer")
    with django_assert_max_num_queries(10):
        page(signed_in, conversation)


def test_rename_changes_only_the_title(signed_in: Client, conversation: Conversation) -> None:
    reply = say(conversation, "Q", "A")
    signed_in.post(reverse("conversation-rename", args=[conversation.id]), {"title": " Streams "})
    conversation.refresh_from_db()
    assert conversation.title == "Streams"
    assert conversation.tip_id == reply.id


@pytest.mark.parametrize(
    "title", ["", "   ", "x" * 81, "\u200b\ufeff", "\u3164", "\u202e", "\u0301"]
)
def test_title_that_does_not_fit_is_refused(
    signed_in: Client, conversation: Conversation, title: str
) -> None:
    url = reverse("conversation-rename", args=[conversation.id])
    response = signed_in.post(url, {"title": title}, follow=True)
    assert 'class="notice" data-level="error"' in response.content.decode()
    conversation.refresh_from_db()
    assert conversation.title == "About rivers"


def test_delete_asks_first(signed_in: Client, conversation: Conversation) -> None:
    say(conversation, "Q", "A")
    url = reverse("conversation-delete", args=[conversation.id])
    assert "About rivers" in signed_in.get(url).content.decode()
    assert Conversation.objects.exists()
    assert signed_in.post(url)["Location"].startswith(reverse("chat-new"))
    assert signed_in.get(url).status_code == 404


# -- the policy --------------------------------------------------------------------------


def test_pages_have_no_inline_scripts_or_styles(
    signed_in: Client, conversation: Conversation
) -> None:
    say(conversation, "Q", "| a |\n|--:|\n| 1 |\n\n```python\nx = 1\n```")
    html = page(signed_in, conversation)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)


def test_policy_allows_no_inline_code(signed_in: Client) -> None:
    policy = signed_in.get(reverse("chat-new"))["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy


def test_private_pages_are_not_kept_by_shared_caches(signed_in: Client) -> None:
    assert "private" in signed_in.get(reverse("chat-new"))["Cache-Control"]


# -- the browser's files -----------------------------------------------------------------


IMPORT = re.compile(r"""(?:from|import\()\s*"(\.[^"]+)\"""")
STATIC_IMPORT = re.compile(r'from "(\.[^"]+)";')
STATIC = Path(__file__).resolve().parents[2] / "static"
HASHED = re.compile(r"\.[0-9a-f]{12}\.(js|css)$")


def test_hashed_modules_import_hashed_modules(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    storage = "config.static.HashedStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}
    call_command("collectstatic", interactive=False, verbosity=0)
    modules = [path for path in (tmp_path / "js").glob("*.js") if HASHED.search(path.name)]
    assert len(modules) > 20
    for module in modules:
        for name in IMPORT.findall(module.read_text()):
            assert HASHED.search(name), f"{module.name} imports {name}"
            assert (module.parent / name).exists(), f"{module.name} imports {name}"


def test_every_module_is_asked_for_at_once(signed_in: Client) -> None:
    html = signed_in.get(reverse("chat-new")).content.decode()
    preloaded = set(re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', html))
    needed, found = {"js/app.js"}, set()
    while needed:
        name = needed.pop()
        found.add(name)
        folder = Path(name).parent
        for imported in STATIC_IMPORT.findall((STATIC / name).read_text()):
            path = (STATIC / folder / imported).resolve().relative_to(STATIC).as_posix()
            needed |= {path} - found
    assert preloaded == found - {"js/app.js"}
