"""What the browser is told to keep: service worker, manifest, and the marks of a page."""

import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chat.models import Conversation, User
from chat.shell import shell

pytestmark = pytest.mark.django_db

STATIC = Path(__file__).resolve().parents[2] / "static"
IMPORT = re.compile(r'(?:from |import\()"(\./[^"]+)"')


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password="river 1 stone")


@pytest.fixture
def signed_in(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def test_the_service_worker_is_a_script_that_is_always_looked_for_anew(client: Client) -> None:
    response = client.get("/sw.js")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in response["Content-Security-Policy"]
    # It is the same for everybody: nothing in it is anybody's.
    assert not response.cookies


def test_a_changed_file_is_another_version(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = True
    changed = tmp_path / "base.css"
    changed.write_text("a {}")
    monkeypatch.setattr("chat.shell.finders.find", lambda name: str(changed))
    first = shell().version
    assert shell().version == first
    changed.write_text("a { color: red }")
    assert shell().version != first


def test_everything_that_the_pages_import_is_kept() -> None:
    files = {url.removeprefix("/static/") for url in shell().files}
    for name in filter(lambda each: each.endswith(".js"), files):
        for imported in IMPORT.findall((STATIC / name).read_text()):
            path = (STATIC / name).parent / imported
            assert path.resolve().relative_to(STATIC).as_posix() in files, (name, imported)


def test_large_libraries_wait_until_they_are_used() -> None:
    assert not [url for url in shell().files if "temml" in url or "highlight.js" in url]


def test_the_app_can_be_installed(client: Client) -> None:
    response = client.get(reverse("manifest"))
    assert response["Content-Type"] == "application/manifest+json"
    manifest = json.loads(response.content)
    assert manifest["start_url"] == "/"
    assert manifest["display"] == "standalone"
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= {
        (icon["sizes"], icon["purpose"]) for icon in manifest["icons"]
    }
    for icon in manifest["icons"]:
        assert (STATIC / icon["src"].removeprefix("/static/")).exists(), icon
    assert manifest["shortcuts"][0]["url"] == "/chat/"


def test_the_page_without_a_connection_says_nothing_of_anybody(
    signed_in: Client, ada: User
) -> None:
    Conversation.objects.create(owner=ada, title="Only mine")
    html = signed_in.get(reverse("offline")).content.decode()
    assert "Only mine" not in html
    assert str(ada.id) not in html


def test_a_conversation_may_be_kept_for_its_owner(signed_in: Client, ada: User) -> None:
    conversation = Conversation.objects.create(owner=ada, title="Flüsse, 河")
    response = signed_in.get(reverse("conversation", args=[conversation.id]))
    assert response["X-Keep-For"] == str(ada.id)
    assert response["X-Shell"] == shell().version
    assert response["X-Title"].isascii()


@pytest.mark.parametrize("name", ["settings", "archive", "search", "conversation-list"])
def test_no_other_page_may_be_kept(signed_in: Client, name: str) -> None:
    assert not signed_in.get(reverse(name)).has_header("X-Keep-For")


def test_only_ones_own_conversations_are_still_known(signed_in: Client, ada: User) -> None:
    own = Conversation.objects.create(owner=ada, title="Own")
    bob = User.objects.create_user("bob", password="river 1 stone")
    foreign = Conversation.objects.create(owner=bob, title="Foreign")
    ids = f"{own.id},{foreign.id},{uuid.uuid4()},nonsense"
    answer = signed_in.get(reverse("offline-kept"), {"ids": ids}).json()
    assert answer == {"person": str(ada.id), "titles": {str(own.id): "Own"}}


def test_what_is_known_is_told_nobody_who_is_signed_out(client: Client) -> None:
    assert client.get(reverse("offline-kept")).status_code == 302


def test_signing_out_empties_the_device(signed_in: Client) -> None:
    response = signed_in.post(reverse("sign-out"))
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert response["Location"].startswith(reverse("sign-in"))
    page = signed_in.get(response["Location"]).content.decode()
    assert "js/left.js" in page
    # A session that has run out is no wish to lose a draft.
    assert "js/left.js" not in signed_in.get(reverse("sign-in")).content.decode()
