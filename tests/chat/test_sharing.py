"""What of a conversation is for others: links that show it as it was, and files of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from chat.models import Conversation, Message, Share, User
from chat.models.shares import TOKEN_BYTES
from tests.chat.talk import shared, talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person")


@pytest.fixture
def client(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def foreign() -> Conversation:
    return talk(User.objects.create_user("other"), "A secret", "whisper", "silence")


# -- share -------------------------------------------------------------------------------


def test_a_link_shows_the_conversation_as_it_was(client: Client, person: User) -> None:
    conversation = talk(person, "Before", "First question", "First **answer**")
    address = shared(client, conversation)
    later = Message.objects.create(
        conversation=conversation, parent_id=conversation.tip_id, role="user", content="Later"
    )
    conversation.tip, conversation.title = later, "After"
    conversation.save()
    response = Client().get(address)
    html = response.content.decode()
    assert "First <strong>answer</strong>" in html
    assert "Before" in html
    for hidden in ("Later", "After", "person", "<form", "data-message-id"):
        assert hidden not in html.partition("<main")[2]
    assert "noindex" in response["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex, nofollow">' in html
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_one_state_has_one_link_and_a_long_token(client: Client, person: User) -> None:
    conversation = talk(person, "One", "x", "y")
    assert shared(client, conversation) == shared(client, conversation)
    assert Share.objects.count() == 1
    assert TOKEN_BYTES * 8 >= 128
    assert len(Share.objects.get().token) >= TOKEN_BYTES * 4 // 3
    assert shared(client, conversation) in client.get(reverse("shares")).content.decode()


def test_a_revoked_link_and_an_unknown_one_look_the_same(client: Client, person: User) -> None:
    conversation = talk(person, "One", "x", "y")
    address = shared(client, conversation)
    assert Client().get(address).status_code == 200
    revoke = reverse("share-revoke", args=[Share.objects.get().id])
    assert client.post(revoke, {"next": "conversation"}).status_code == 302
    revoked, unknown = Client().get(address), Client().get(reverse("shared", args=["x" * 32]))
    assert revoked.status_code == unknown.status_code == 404
    assert revoked.content == unknown.content


def test_what_is_no_text_for_a_database_is_an_unknown_link(client: Client) -> None:
    for token in ("%00", "a%00b", "%FF", "x" * 5_000):
        assert client.get(f"/share/{token}/").status_code == 404


def test_nobody_revokes_anothers_link(client: Client, foreign: Conversation) -> None:
    tip = foreign.messages.latest("created_at")
    share = Share.objects.create(conversation=foreign, title="A secret", tip=tip)
    assert client.post(reverse("share-revoke", args=[share.id])).status_code == 404
    assert Share.objects.exists()


def test_a_link_of_a_closed_account_is_unknown(client: Client, person: User) -> None:
    address = shared(client, talk(person, "One", "x", "y"))
    User.objects.update(is_active=False)
    assert Client().get(address).status_code == 404


# -- export ------------------------------------------------------------------------------


def test_markdown_has_what_is_shown(client: Client, person: User) -> None:
    conversation = talk(person, "About *rivers*", "Where?", "In the **mountains**.\n")
    response = client.get(reverse("export-markdown", args=[conversation.id]))
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="about-rivers.md"'
    text = response.content.decode()
    assert text.startswith("# About \\*rivers\\*\n")
    assert "## You\n\nWhere?\n" in text
    assert "## Rivulet\n\nIn the **mountains**.\n" in text


def test_markdown_names_a_day_once(client: Client, person: User) -> None:
    conversation = talk(person, "One", "Q", "A")

    def dates(begun: datetime, updated: datetime) -> str:
        Conversation.objects.update(created_at=begun, updated_at=updated)
        response = client.get(reverse("export-markdown", args=[conversation.id]))
        return response.content.decode().splitlines()[2]

    morning = datetime(2026, 5, 4, 8, tzinfo=UTC)
    assert dates(morning, morning + timedelta(hours=9)) == "*May 4, 2026*"
    assert dates(morning, morning + timedelta(days=1)) == "*May 4, 2026 – May 5, 2026*"


def test_a_cut_answer_says_so_in_a_link_and_in_a_file(client: Client, person: User) -> None:
    conversation = talk(person, "One", "Q", "Half a")
    conversation.messages.filter(role="assistant").update(finish_reason="length")
    assert " data-cut>" in Client().get(shared(client, conversation)).content.decode()
    text = client.get(reverse("export-markdown", args=[conversation.id])).content.decode()
    assert text.endswith("Half a\n\n*Cut off at the longest length*\n")


def test_the_readme_names_every_key_of_the_file(client: Client, person: User) -> None:
    conversation = talk(person, "One", "Q", "A")
    told = (settings.BASE_DIR / "README.md").read_text().partition("## Keep a conversation")[2]
    told = told.partition("\n## ")[0]
    response = client.get(reverse("export-json", args=[conversation.id]))
    document = json.loads(response.content)
    keys = {*document, *document["conversation"], *document["messages"][0]}
    assert {key for key in keys if f'"{key}"' not in told} == set()


def test_json_has_every_version(client: Client, person: User) -> None:
    conversation = talk(person, "One", "Q", "A")
    other = Message.objects.create(
        conversation=conversation,
        parent=conversation.messages.get(content="Q"),
        role="assistant",
        content="Another answer",
    )
    response = client.get(reverse("export-json", args=[conversation.id]))
    document = json.loads(response.content)
    assert (document["format"], document["version"]) == ("rivulet.conversation", 1)
    assert document["conversation"]["title"] == "One"
    assert [message["content"] for message in document["messages"]] == ["Q", "A"]
    assert [message["id"] for message in document["other_versions"]] == [str(other.id)]
    places = [
        (message["versions"]["index"], message["versions"]["count"])
        for message in (*document["messages"], *document["other_versions"])
    ]
    assert places == [(1, 1), (1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ('../../etc/"passwd"\r\nX: y', 'filename="etcpasswd-x-y.md"'),
        ("川の流れ", "filename*=utf-8''%E5%B7%9D%E3%81%AE%E6%B5%81%E3%82%8C.md"),
        ("???", 'filename="conversation.md"'),
    ],
)
def test_file_names_are_safe(client: Client, person: User, title: str, name: str) -> None:
    conversation = talk(person, title, "x")
    response = client.get(reverse("export-markdown", args=[conversation.id]))
    assert response["Content-Disposition"] == f"attachment; {name}"
