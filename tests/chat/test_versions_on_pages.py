"""Versions of what was said as pages show them, and what people think of each."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chat.history import read_path
from chat.models import Conversation, Feedback, Message, User
from tests.chat.versions import asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def signed_in(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


def page_of(client: Client, conversation_id: uuid.UUID) -> str:
    return client.get(reverse("conversation", args=[conversation_id])).content.decode()


def test_versions_are_numbered_on_the_page(signed_in: Client, ada: User) -> None:
    first = asked(ada, "one", "first")
    html = page_of(signed_in, first.conversation.id).partition("<template")[0]
    assert "versions-place" not in html
    second = asked(ada, "", "second", again=first.reply.id)
    html = page_of(signed_in, first.conversation.id)
    assert 'aria-label="Version 2 of 2"' in html
    assert f'formaction="select/{first.reply.id}/"' in html
    assert f'data-message-id="{second.reply.id}"' in html
    assert f'data-message-id="{first.reply.id}"' not in html


def test_only_the_part_that_changed_is_sent_to_an_open_page(signed_in: Client, ada: User) -> None:
    first = asked(ada, "one", "first")
    here = first.conversation.id
    second = asked(ada, "two", "second", conversation_id=here)
    address = reverse("path", args=[here])
    part = signed_in.get(address, {"after": str(first.reply.id)}).content.decode()
    assert part.count("<article") == 2
    assert f'id="m-{second.reply.id}"' in part
    assert signed_in.get(address).content.decode().count("<article") == 4
    # From a message that is not shown nobody knows the way.
    assert signed_in.get(address, {"after": str(uuid.uuid4())}).status_code == 204
    assert signed_in.get(address, {"after": "x"}).status_code == 404


def test_a_very_long_part_is_loaded_with_the_page(signed_in: Client, ada: User) -> None:
    first = asked(ada, "one", "first")
    parent = first.reply.id
    for number in range(220):
        role = Message.Role.ASSISTANT if number % 2 else Message.Role.USER
        parent = Message.objects.create(
            conversation=first.conversation, parent_id=parent, role=role, content="x"
        ).id
    Conversation.objects.filter(id=first.conversation.id).update(tip=parent)
    assert signed_in.get(reverse("path", args=[first.conversation.id])).status_code == 204


@pytest.mark.parametrize("name", ["path", "edit", "feedback"])
def test_foreign_conversations_look_unknown(signed_in: Client, name: str) -> None:
    theirs = asked(User.objects.create_user("bob"), "secret", "answer")
    ids = [theirs.conversation.id]
    if name != "path":
        ids.append(theirs.question.id if name == "edit" else theirs.reply.id)
    request = signed_in.post if name == "feedback" else signed_in.get
    foreign = request(reverse(name, args=ids), {"rating": "1"})
    unknown = request(reverse(name, args=[uuid.uuid4() for _ in ids]), {"rating": "1"})
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content


def test_a_message_is_edited_on_a_page_of_its_own(signed_in: Client, ada: User) -> None:
    first = asked(ada, "<b>one</b>\n", "first")
    address = reverse("edit", args=[first.conversation.id, first.question.id])
    html = signed_in.get(address).content.decode()
    assert "&lt;b&gt;one&lt;/b&gt;\n</textarea>" in html
    assert f'name="edited_id" value="{first.question.id}"' in html
    reply = reverse("edit", args=[first.conversation.id, first.reply.id])
    assert signed_in.get(reply).status_code == 404


def test_a_page_with_many_versions_takes_no_more_queries(
    signed_in: Client, ada: User, django_assert_max_num_queries: Any
) -> None:
    first = asked(ada, "one", "first")
    here = first.conversation.id
    last = first
    for number in range(10):
        last = asked(ada, f"{number}", "x", conversation_id=here)
        asked(ada, "", "y", again=last.reply.id)
        Feedback.objects.create(message=last.reply, person=ada, rating=1)
    with django_assert_max_num_queries(10):
        page_of(signed_in, here)
    with django_assert_max_num_queries(7):
        signed_in.get(reverse("path", args=[here]))
    assert len(read_path(Conversation.objects.get(id=here)).versions) == 20


# -- feedback ----------------------------------------------------------------------------


def test_one_thumb_per_person_and_reply(signed_in: Client, ada: User) -> None:
    first = asked(ada, "one", "first")
    address = reverse("feedback", args=[first.conversation.id, first.reply.id])
    assert signed_in.post(address, {"rating": "1"}).status_code == 204
    signed_in.post(address, {"rating": "-1", "comment": " Too\x00 long "})
    given = Feedback.objects.get()
    assert (given.rating, given.comment, given.person) == (-1, "Too long", ada)
    # The thumb alone leaves the comment as it is.
    signed_in.post(address, {"rating": "1"})
    given.refresh_from_db()
    assert (given.rating, given.comment) == (1, "Too long")
    form = signed_in.post(address, {"rating": "0"}, headers={"Accept": "text/html"})
    assert form["Location"].endswith(f"#m-{first.reply.id}")
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("rating", ["", "2", "up", "-0"])
def test_a_thumb_is_up_or_down(signed_in: Client, ada: User, rating: str) -> None:
    first = asked(ada, "one", "first")
    address = reverse("feedback", args=[first.conversation.id, first.reply.id])
    assert signed_in.post(address, {"rating": rating}).status_code == 400
    question = reverse("feedback", args=[first.conversation.id, first.question.id])
    assert signed_in.post(question, {"rating": "1"}).status_code == 404


# -- for staff ---------------------------------------------------------------------------


def test_the_transcript_has_every_version_and_what_people_think(ada: User) -> None:
    staff = Client()
    staff.force_login(User.objects.create_superuser("keeper", password="x"))
    first = asked(ada, "one", "the first answer")
    asked(ada, "", "the second answer", again=first.reply.id)
    plain = asked(ada, "other", "liked by nobody")
    Feedback.objects.create(message=first.reply, person=ada, rating=-1, comment="<i>No.</i>")
    address = reverse("admin:chat_conversation_change", args=[first.conversation.id])
    page = staff.get(address).content.decode()
    for words in (
        "the first answer", "the second answer", "Version 1 of 2", "Version 2 of 2", "not shown",
        "&lt;i&gt;No.&lt;/i&gt;",
    ):  # fmt: skip
        assert words in page, words
    replies = reverse("admin:chat_message_changelist")
    for wanted in ("-1", "comment"):
        page = staff.get(replies, {"feedback": wanted}).content.decode()
        assert "the first answer" in page
        assert "the second answer" not in page
    conversations = staff.get(
        reverse("admin:chat_conversation_changelist"), {"feedback": "-1"}
    ).content.decode()
    assert str(first.conversation.id) in conversations
    assert str(plain.conversation.id) not in conversations
