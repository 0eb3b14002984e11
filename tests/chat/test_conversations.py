"""One's conversations: pinned, archived, renamed, deleted and brought back; a long one opened."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat import deletion, signals
from chat.access import UNDO_SECONDS
from chat.models import Conversation, Message, Share, User
from chat.window import WINDOW_MESSAGES
from tests.chat.talk import shared, talk

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


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


@pytest.fixture
def told() -> Iterator[list[Conversation]]:
    """What `chat` tells whoever listens."""
    heard: list[Conversation] = []

    def hear(conversation: Conversation, **_: object) -> None:
        heard.append(conversation)

    signals.listen(hear)
    yield heard
    signals._changed.disconnect(hear)


def post(client: Client, name: str, conversation: Conversation, **fields: str) -> Any:
    return client.post(reverse(name, args=[conversation.id]), fields, headers=JSON)


def show(client: Client, conversation: Conversation, query: str = "") -> str:
    response = client.get(reverse("conversation", args=[conversation.id]) + query)
    assert response.status_code == 200
    return response.content.decode()


# -- what is done with one ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("conversation-pin", "post"),
        ("conversation-archive", "post"),
        ("conversation-restore", "post"),
        ("earlier", "get"),
        ("share", "get"),
        ("share", "post"),
        ("export-markdown", "get"),
        ("export-json", "get"),
    ],
)
def test_foreign_deleted_and_unknown_look_the_same(
    client: Client, person: User, foreign: Conversation, name: str, method: str
) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    deleted = talk(person, "Gone", "text", deleted_at=long_ago)
    answers = {
        (response.status_code, response.content)
        for each in (foreign.id, deleted.id, uuid.uuid4())
        for response in [getattr(client, method)(reverse(name, args=[each]), {"on": "1"})]
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    assert not Share.objects.exists()


@pytest.mark.parametrize("name", ["search", "archive", "conversation-list", "shares"])
def test_lists_are_for_those_who_are_signed_in(name: str) -> None:
    assert Client().get(reverse(name)).status_code == 302


@pytest.mark.parametrize(("name", "key"), [("pin", "pinned"), ("archive", "archived")])
def test_pin_and_archive_are_told_and_taken_back(
    client: Client, person: User, told: list[Conversation], name: str, key: str
) -> None:
    conversation = talk(person, "One", "x")
    before = conversation.updated_at
    for wanted in (True, False):
        answer = post(client, f"conversation-{name}", conversation, on="1" if wanted else "0")
        assert answer.json()["conversation"][key] is wanted
        conversation.refresh_from_db()
        assert (getattr(conversation, f"{key}_at") is not None) is wanted
    assert len(told) == 2
    assert conversation.updated_at == before


def test_without_scripts_a_form_leads_back_but_never_elsewhere(
    client: Client, person: User
) -> None:
    conversation = talk(person, "One", "x")
    address = reverse("conversation-archive", args=[conversation.id])
    here = reverse("archive")
    assert client.post(address, {"on": "0", "next": here})["Location"] == here
    elsewhere = {"on": "1", "next": "https://example.org/"}
    assert client.post(address, elsewhere)["Location"].startswith("/chat/")
    # Not the name of a page.
    assert client.post(address, {"on": "1", "next": "?page=2"})["Location"] == "?page=2"
    assert "is in the archive" in show(client, conversation)


def test_a_renamed_conversation_is_the_persons_own_title(
    client: Client, person: User, told: list[Conversation]
) -> None:
    conversation = talk(person, "One", "x")
    assert post(client, "conversation-rename", conversation, title=" Two ").status_code == 200
    conversation.refresh_from_db()
    assert (conversation.title, conversation.title_by) == ("Two", "person")
    assert [one.title for one in told] == ["Two"]
    assert post(client, "conversation-rename", conversation, title="").status_code == 400
    # One line, or a file of it would begin with a heading and words of somebody else.
    post(client, "conversation-rename", conversation, title="Two\r\n\r\n## You\x1b \u202e3")
    conversation.refresh_from_db()
    assert conversation.title == "Two ## You 3"


# -- delete and undo ---------------------------------------------------------------------


def test_a_deleted_conversation_is_gone_for_everybody_and_comes_back(
    client: Client, person: User, told: list[Conversation]
) -> None:
    conversation = talk(person, "Granite", "stone", "rock")
    share = Share.objects.create(
        conversation=conversation, title="Granite", tip=conversation.messages.latest("created_at")
    )
    shared = reverse("shared", args=[share.token])
    assert post(client, "conversation-delete", conversation).json()["conversation"]["deleted"]
    assert client.get(reverse("conversation", args=[conversation.id])).status_code == 404
    assert Client().get(shared).status_code == 404
    assert "Granite" not in client.get(reverse("chat-new")).content.decode()
    assert "Granite" not in client.get(reverse("search"), {"q": "stone"}).content.decode()
    assert "Granite" not in client.get(reverse("shares")).content.decode()
    assert client.get("/")["Location"] == reverse("chat-new")
    assert post(client, "conversation-restore", conversation).status_code == 200
    assert "rock" in show(client, conversation)
    assert Client().get(shared).status_code == 200
    assert [one.deleted_at is not None for one in told] == [True, False]


def test_without_scripts_the_next_page_offers_to_undo(client: Client, person: User) -> None:
    conversation = talk(person, "Granite", "stone")
    address = reverse("conversation-delete", args=[conversation.id])
    page = client.post(address, follow=True).content.decode()
    undo = reverse("conversation-restore", args=[conversation.id])
    assert f'action="{undo}"' in page
    assert "Granite" in page
    assert client.post(undo)["Location"] == reverse("conversation", args=[conversation.id])


def test_nobody_is_told_of_anothers_deletion(client: Client, foreign: Conversation) -> None:
    deletion.delete(foreign)
    html = client.get(reverse("chat-new"), {"deleted": str(foreign.id)}).content.decode()
    assert "A secret" not in html


def test_undo_ends_before_it_is_deleted_for_good(client: Client, person: User) -> None:
    conversation = talk(person, "Granite", "stone")
    other = talk(person, "Kept", "stone")
    deletion.delete(conversation)
    assert deletion.purge() == 0
    late = timezone.now() - timedelta(seconds=UNDO_SECONDS + 1)
    Conversation.objects.filter(id=conversation.id).update(deleted_at=late)
    assert post(client, "conversation-restore", conversation).status_code == 404
    assert deletion.purge() == 0
    long_ago = timezone.now() - timedelta(seconds=deletion.PURGE_AFTER_SECONDS + 1)
    Conversation.objects.filter(id=conversation.id).update(deleted_at=long_ago)
    assert deletion.purge() == 1
    assert list(Conversation.objects.all()) == [other]
    assert not Message.objects.filter(conversation_id=conversation.id).exists()


# -- long conversations ------------------------------------------------------------------


@pytest.fixture
def long(person: User) -> Conversation:
    return talk(person, "Long", *[f"said {number}." for number in range(200)])


def test_a_long_conversation_opens_with_its_end(client: Client, long: Conversation) -> None:
    html = show(client, long)
    assert html.partition('id="messages"')[2].count('<article class="message"') == (
        WINDOW_MESSAGES + 2
    )
    assert "said 199." in html
    assert "said 139." not in html
    assert "Earlier messages" in html


def test_earlier_messages_come_in_order_without_holes(client: Client, long: Conversation) -> None:
    ids = [str(message.id) for message in long.messages.order_by("created_at")]
    html = show(client, long)
    got: list[str] = []
    while True:
        listed = html.partition('id="messages"')[2] or html
        listed = listed.partition("<template")[0]
        got = [part.partition('"')[0] for part in listed.split('data-message-id="')[1:]] + got
        address = listed.partition('data-earlier="')[2].partition('"')[0]
        if not address:
            break
        response = client.get(address)
        assert response.status_code == 200
        html = response.content.decode()
        assert "<html" not in html
    assert got == ids


def test_earlier_messages_are_a_page_without_scripts(client: Client, long: Conversation) -> None:
    early = long.messages.order_by("created_at")[100]
    html = show(client, long, f"?before={early.id}")
    assert "said 99." in html
    assert "said 100." not in html
    assert "To the newest messages" in html
    assert "Later messages" in html


@pytest.mark.parametrize(
    "query", ["?before=x", "?at=00000000-0000-4000-8000-000000000000", "?before=", "?at=%00"]
)
def test_an_unknown_place_is_the_end(client: Client, long: Conversation, query: str) -> None:
    assert "said 199." in show(client, long, query)


def test_a_place_near_the_end_is_shown_with_all_that_follows(
    client: Client, long: Conversation
) -> None:
    message = long.messages.order_by("created_at")[120]
    html = show(client, long, f"?at={message.id}")
    assert "said 120." in html
    assert "said 199." in html
    assert 'id="composer"' in html


def test_opening_a_long_conversation_takes_no_more_queries(
    client: Client, long: Conversation, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10):
        show(client, long)


def test_a_long_shared_conversation_is_read_a_page_at_a_time(
    client: Client, long: Conversation
) -> None:
    address = shared(client, long)
    first = Client().get(address).content.decode()
    assert "said 99." in first
    assert "said 100." not in first
    assert "Later messages" in first
    second = Client().get(address, {"page": "2"}).content.decode()
    assert "said 100." in second
    assert "said 199." in second
    assert Client().get(address, {"page": "x"}).status_code == 200
