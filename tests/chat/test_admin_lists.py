"""The lists of the conversation logs: the work for a page is that of its rows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation, Message, User

pytestmark = pytest.mark.django_db

LISTS = ("conversation", "message", "spending", "apikey")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def said(name: str, title: str, *answers: str, **figures: object) -> Conversation:
    """A conversation with these answers, a minute apart; the newest at NOW or ``created_at``."""
    owner, _ = User.objects.get_or_create(username=name)
    moment: datetime = figures.pop("created_at", NOW)  # type: ignore[assignment]
    made = Conversation.objects.create(owner=owner, title=title, updated_at=moment)
    values = {"provider": "openai", "model": "gpt-small", "cost_usd": Decimal("0.1")} | figures
    for age, answer in enumerate(reversed(answers)):
        reply = Message.objects.create(
            conversation=made,
            role=Message.Role.ASSISTANT,
            content=answer,
            created_at=moment - timedelta(minutes=age),
            **values,
        )
        made.tip = made.tip or reply
    made.save()
    return made


def listed(staff: Client, name: str, **query: str) -> str:
    """The table of a list, without the filters beside it."""
    page = staff.get(reverse(f"admin:chat_{name}_changelist"), query)
    assert page.status_code == 200
    return page.content.decode().partition('id="changelist-filter"')[0]


def queries(staff: Client, name: str, **query: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        listed(staff, name, **query)
    return [one["sql"] for one in captured.captured_queries]


def plans(statements: list[str]) -> Iterator[str]:
    with connection.cursor() as cursor:
        for sql in statements:
            if sql.startswith("SELECT"):
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                yield from (f"{step}   {sql}" for *_ids, step in cursor.fetchall())


@pytest.mark.parametrize("name", ["conversation", "message"])
def test_many_rows_take_as_many_questions_as_few(staff: Client, name: str) -> None:
    said("ada", "About rivers", "They flow.")
    few = len(queries(staff, name))
    for number in range(9):
        said(f"person{number}", f"About {number}", "They flow.", "They end.")
    assert len(queries(staff, name)) == few


def test_conversations_are_counted_and_found_without_their_messages(staff: Client) -> None:
    said("ada", "About rivers", "They flow.", "They end.")
    shown = [sql for sql in queries(staff, "conversation") if "chat_message" in sql]
    shown = [sql for sql in shown if not sql.startswith('SELECT DISTINCT "chat_message"."error')]
    assert len(shown) == 1
    # The sums of the rows that the page has, and of no others.
    assert '"chat_conversation"."id" IN (' in shown[0]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plans")
@pytest.mark.parametrize("name", LISTS)
def test_no_filter_reads_all_messages(staff: Client, name: str) -> None:
    said("ada", "About rivers", "They flow.")
    offered = [
        sql for sql in queries(staff, name) if "SELECT DISTINCT" in sql and "chat_message" in sql
    ]
    by_index = [step for step in plans(offered) if "COVERING INDEX message_by_error" in step]
    assert len(by_index) == len(offered)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plans")
@pytest.mark.parametrize("name", ["conversation", "message"])
def test_an_index_holds_the_order_of_a_list(staff: Client, name: str) -> None:
    said("ada", "About rivers", "They flow.")
    found = [sql for sql in queries(staff, name) if f'SELECT "chat_{name}"."id" AS' in sql]
    assert len(found) == 1
    assert [step for step in plans(found) if "B-TREE" in step] == []


def test_the_newest_message_comes_first(staff: Client) -> None:
    said("ada", "About rivers", "the first", "the second", "the third")
    page = listed(staff, "message")
    assert page.index("the third") < page.index("the second") < page.index("the first")


def test_the_page_that_is_asked_for_is_shown(staff: Client) -> None:
    said("ada", "About rivers", *(f"answer {number}!" for number in range(51)))
    assert "answer 50!" in listed(staff, "message")
    last = listed(staff, "message", p="2")
    assert "answer 0!" in last
    assert "answer 1!" not in last


def test_a_row_has_the_sums_of_its_replies_and_the_model_that_answered_last(
    staff: Client,
) -> None:
    said("ada", "About rivers", "They flow.", "They end.", cost_usd=Decimal("0.00012"))
    Message.objects.filter(content="They flow.").update(status="failed", model="claude-x")
    page = listed(staff, "conversation")
    for words in ("2, 1 failed", "0.00024", "gpt-small"):
        assert words in page, words
    assert "claude-x" not in page


def test_rows_are_sorted_by_what_they_cost(staff: Client) -> None:
    said("ada", "cheap", "x", cost_usd=Decimal("0.1"))
    said("ada", "dear", "x", cost_usd=Decimal(3))
    page = listed(staff, "conversation", o="-5")
    assert page.index("dear") < page.index("cheap")


@pytest.mark.parametrize("name", ["conversation", "message"])
def test_rows_are_filtered_by_the_persons_name(staff: Client, name: str) -> None:
    said("Ada", "About rivers", "They flow.")
    said("bob", "About stones", "They lie.")
    page = listed(staff, name, person="ADA")
    assert "?person=Ada" in page
    assert "?person=bob" not in page
    assert "?person=" not in listed(staff, name, person="nobody")


@pytest.mark.parametrize("name", ["conversation", "message"])
def test_rows_are_filtered_by_days(staff: Client, name: str) -> None:
    said("ada", "About rivers", "They flow.")
    said("bob", "About stones", "They lie.", created_at=NOW - timedelta(days=2))
    today = {"from": "2026-11-22", "to": "2026-11-22"}
    assert "?person=ada" in listed(staff, name, **today)
    assert "?person=bob" not in listed(staff, name, **today)
    assert "?person=ada" not in listed(staff, name, to="2026-11-21")
    assert "?person=bob" in listed(staff, name, **{"from": "someday"})


def test_a_typed_filter_keeps_what_else_was_asked_for(staff: Client) -> None:
    address = reverse("admin:chat_message_changelist")
    page = staff.get(address, {"status": "failed", "q": "rivers", "p": "1"}).content.decode()
    for name, value in (("status", "failed"), ("q", "rivers")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert '<input type="hidden" name="p"' not in page


@pytest.mark.parametrize("name", ["conversation", "message"])
@pytest.mark.parametrize("query", ["river ada", "FLOW", "fl ada", "'flow", "川"])
def test_every_word_is_found_wherever_it_stands(staff: Client, name: str, query: str) -> None:
    said("ada", "About rivers", "They flow. 山川")
    said("bob", "About stones", "They lie.")
    page = listed(staff, name, q=query)
    assert "?person=ada" in page
    assert "?person=bob" not in page


@pytest.mark.parametrize("query", ["???", "flow stones", '"', "')"])
def test_what_stands_nowhere_is_not_found(staff: Client, query: str) -> None:
    said("ada", "About rivers", "They flow.")
    assert "?person=ada" not in listed(staff, "conversation", q=query)


@pytest.mark.parametrize("name", ["conversation", "message"])
def test_what_nobody_keeps_is_in_no_list(staff: Client, name: str) -> None:
    made = said("ada", "About rivers", "They flow.")
    Conversation.objects.update(passes_at=timezone.now() + timedelta(minutes=15))
    assert "?person=ada" not in listed(staff, name)
    assert "?person=ada" not in listed(staff, name, q="flow")
    row = made if name == "conversation" else made.tip
    assert row is not None
    page = staff.get(reverse(f"admin:chat_{name}_change", args=[row.id]))
    assert page.status_code == 302


@pytest.mark.parametrize("name", ["conversation", "message"])
def test_a_list_says_that_what_was_deleted_is_gone(staff: Client, name: str) -> None:
    assert "What people delete is deleted here, too" in listed(staff, name)
