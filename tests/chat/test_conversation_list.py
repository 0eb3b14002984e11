"""The list of one's conversations: grouped by days, a page at a time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, User
from chat.sidebar import PAGE, by_date, listing
from tests.chat.talk import talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person")


@pytest.fixture
def client(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def groups(person: User, zone: str, now: datetime) -> list[tuple[str, list[str]]]:
    newest = Conversation.objects.filter(owner=person).order_by("-updated_at")
    return [
        (group.label, [one.title for one in group.items])
        for group in by_date(newest, ZoneInfo(zone), now)
    ]


def test_conversations_are_grouped_by_the_persons_own_days(person: User) -> None:
    now = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
    for title, hours in [("a", 0.5), ("b", 2), ("c", 30), ("d", 24 * 5), ("e", 24 * 20)]:
        talk(person, title, updated_at=now - timedelta(hours=hours))
    talk(person, "f", updated_at=datetime(2026, 1, 5, tzinfo=UTC))
    talk(person, "g", updated_at=datetime(2025, 1, 5, tzinfo=UTC))
    assert groups(person, "UTC", now) == [
        ("Today", ["a"]),
        ("Yesterday", ["b"]),
        ("Last 7 days", ["c", "d"]),
        ("Last 30 days", ["e"]),
        ("January", ["f"]),
        ("January 2025", ["g"]),
    ]
    # In New York it is still the evening of the ninth.
    assert groups(person, "America/New_York", now)[0] == ("Today", ["a", "b"])


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "Europe", "x" * 5000])
def test_a_strange_time_zone_is_utc(client: Client, zone: str) -> None:
    client.cookies["zone"] = zone
    assert client.get(reverse("chat-new")).status_code == 200


def test_pinned_ones_come_first_and_archived_ones_are_elsewhere(
    client: Client, person: User
) -> None:
    talk(person, "Usual")
    talk(person, "Important", pinned_at=timezone.now())
    talk(person, "Away", archived_at=timezone.now())
    first = listing(person, UTC)
    assert [(group.key, [one.title for one in group.items]) for group in first.groups] == [
        ("pinned", ["Important"]),
        ("today", ["Usual"]),
    ]
    html = client.get(reverse("archive")).content.decode()
    assert "Away" in html
    assert "Usual" not in html


def test_a_page_at_a_time_and_none_is_missing_or_double(person: User) -> None:
    moment = timezone.now()
    # All of the same moment: the id decides.
    Conversation.objects.bulk_create(
        Conversation(owner=person, title=f"{n}", updated_at=moment) for n in range(2 * PAGE + 10)
    )
    seen: list[str] = []
    after: str | None = ""
    pages = 0
    while after is not None:
        page = listing(person, UTC, after)
        seen += [one.title for group in page.groups for one in group.items]
        after = page.next
        pages += 1
    assert pages == 3
    assert sorted(seen, key=int) == [f"{n}" for n in range(2 * PAGE + 10)]


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "2026-01-01_x",
        "_",
        "2026-01-01T00:00:00_" + "0" * 32,
        "0001-01-01T00:00:00+14:00_" + "0" * 32,
        "9999-12-31T23:59:59-14:00_" + "0" * 32,
    ],
)
def test_a_strange_cursor_is_the_first_page(client: Client, person: User, after: str) -> None:
    talk(person, "Here")
    response = client.get(reverse("conversation-list"), {"after": after, "fragment": "1"})
    assert "Here" in response.content.decode()


def test_the_list_goes_on_without_scripts(client: Client, person: User) -> None:
    for number in range(PAGE + 1):
        talk(person, f"Number {number:02}")
    html = client.get(reverse("chat-new")).content.decode()
    address = html.partition('class="conversation-older" href="')[2].partition('"')[0]
    assert "Number 00" in client.get(address.replace("&amp;", "&")).content.decode()


def test_an_empty_list_says_what_will_be_there(client: Client) -> None:
    assert "will be listed here" in client.get(reverse("chat-new")).content.decode()
    assert "Nothing is archived" in client.get(reverse("archive")).content.decode()
    assert "shared nothing" in client.get(reverse("shares")).content.decode()


def test_an_example_begins_a_message_without_scripts(client: Client) -> None:
    html = client.get(reverse("chat-new"), {"message": "Tell me <more>"}).content.decode()
    assert "Tell me &lt;more&gt;</textarea>" in html
