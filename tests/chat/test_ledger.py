"""What was spent: the sums of what is kept with the replies, to the last digit."""

import random
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from chat.accept import accept
from chat.finish import Finished, charge_unsaved, finish
from chat.ledger import Charge, enter
from chat.models import Message, Spending, User
from chat.submissions import Accepted, Submission
from chat.titles import retitle

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 11, 21, 23, 59, tzinfo=UTC)


def tried(cost_usd: str | None, **more: Any) -> dict[str, Any]:
    return {
        "provider": "openai",
        "model": "small",
        "began_at": DAY.isoformat(),
        "input_tokens": 10,
        "output_tokens": 5,
        "cached_tokens": None,
        "is_estimated": False,
        "cost_usd": cost_usd,
    } | more


def reply(person: User) -> Message:
    (one,) = accept([Submission(user_id=person.id, text="Hi", client_id=uuid.uuid4().hex)])
    assert isinstance(one, Accepted)
    return one.reply


def finished(reply: Message, *tries: dict[str, Any], **more: Any) -> Finished:
    total = sum((Decimal(one["cost_usd"] or 0) for one in tries), Decimal(0))
    given: dict[str, Any] = {
        "id": reply.id,
        "attempt": 1,
        "status": Message.Status.COMPLETE,
        "content": "Hello",
        "finished_at": DAY,
        "tries": list(tries),
        "cost_usd": total,
    }
    return Finished(**(given | more))


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ada")


def spent() -> Decimal:
    return sum((line.cost_usd for line in Spending.objects.all()), Decimal(0))


def test_totals_are_the_sum_of_the_tries_to_the_last_digit() -> None:
    dice = random.Random(7)
    people = [User.objects.create_user(name) for name in ("ada", "bob", "cyd")]
    expected = Decimal(0)
    for _ in range(60):
        replies = [reply(dice.choice(people)) for _ in range(dice.randint(1, 4))]
        batch = []
        for one in replies:
            tries = [
                tried(
                    f"{Decimal(dice.randint(0, 10**9)) / 10**8:.8f}",
                    model=dice.choice(["small", "large"]),
                    is_estimated=dice.random() < 0.3,
                )
                for _ in range(dice.randint(1, 3))
            ]
            batch.append(finished(one, *tries))
        finish(batch)
    for row in Message.objects.filter(role="assistant"):
        expected += sum((Decimal(one["cost_usd"]) for one in row.tries), Decimal(0))
    assert spent() == expected
    units = Spending.objects.aggregate(Sum("cost_units"))["cost_units__sum"]
    assert units == int(expected * 10**8)
    costs = Message.objects.values_list("cost_usd", flat=True)
    assert sum((one for one in costs if one is not None), Decimal(0)) == expected


def test_a_line_per_person_model_and_day(person: User) -> None:
    other = User.objects.create_user("bob")
    finish([finished(reply(person), tried("0.1"), tried("0.2", model="large", is_estimated=True))])
    finish([finished(reply(person), tried("0.00000001"))])
    finish([finished(reply(other), tried(None))])
    later = datetime(2026, 11, 22, tzinfo=UTC)
    finish([finished(reply(person), tried("0.3"), finished_at=later)])
    lines = {
        (str(line.person), line.day.day, line.model): (
            line.calls,
            line.unpriced_calls,
            f"{line.cost_usd:f}",
            line.estimated_units,
        )
        for line in Spending.objects.all()
    }
    assert lines == {
        ("ada", 21, "small"): (2, 0, "0.10000001", 0),
        ("ada", 21, "large"): (1, 0, "0.20000000", 20_000_000),
        ("bob", 21, "small"): (1, 1, "0.00000000", 0),
        ("ada", 22, "small"): (1, 0, "0.30000000", 0),
    }


def test_a_reply_that_is_saved_twice_is_paid_once(person: User) -> None:
    one = finished(reply(person), tried("0.5"))
    assert finish([one])
    assert not finish([one])
    assert not charge_unsaved(one, person.id)
    assert spent() == Decimal("0.5")


def test_an_attempt_that_was_given_up_for_dead_is_paid(person: User) -> None:
    slept = reply(person)
    gave_up = finished(slept, status=Message.Status.INTERRUPTED)
    assert finish([gave_up])
    later = DAY + timedelta(minutes=1)
    assert charge_unsaved(finished(slept, tried("0.5"), finished_at=later), person.id)
    assert spent() == Decimal("0.5")


def test_what_nobody_keeps_was_paid_for_all_the_same(person: User) -> None:
    deleted, taken = reply(person), reply(person)
    of_deleted = finished(deleted, tried("0.25"))
    deleted.conversation.delete()
    assert not finish([of_deleted])
    charge_unsaved(of_deleted, person.id)
    Message.objects.filter(id=taken.id).update(attempts=2)
    charge_unsaved(finished(taken, tried("0.5")), person.id)
    assert spent() == Decimal("0.75")


def test_an_attempt_that_was_given_back_is_paid_beside_the_one_that_follows(person: User) -> None:
    given_back = reply(person)
    charge_unsaved(finished(given_back, tried("0.25")), person.id)
    Message.objects.filter(id=given_back.id).update(attempts=2)
    assert finish([finished(given_back, tried("0.5"), attempt=2)])
    assert spent() == Decimal("0.75")


def test_a_model_that_was_passed_over_is_no_call(person: User) -> None:
    finish([finished(reply(person), tried("0", began_at=None), tried("0.1"))])
    assert [line.calls for line in Spending.objects.all()] == [1]


def test_titles_are_entered_too_also_when_they_are_not_taken(person: User) -> None:
    one = reply(person)
    retitle(one.conversation_id, "A title", [tried("0.01")], person.id)
    retitle(one.conversation_id, "", [tried("0.02")], person.id)
    (line,) = Spending.objects.all()
    assert (line.purpose, line.calls, line.cost_usd) == ("title", 2, Decimal("0.03"))


def test_the_ledger_outlives_a_person(person: User) -> None:
    finish([finished(reply(person), tried("0.5"))])
    person_id = person.id
    person.delete()
    enter([Charge(person_id, DAY, [tried("0.25")])])
    assert spent() == Decimal("0.75")
    assert {line.person_id for line in Spending.objects.all()} == {None}


# -- the pages for staff -----------------------------------------------------------------------


@pytest.mark.parametrize("by", ["day", "person", "model", "assistant"])
def test_staff_see_the_sums(staff: Client, person: User, by: str) -> None:
    finish([finished(reply(person), tried("0.1"), tried("0.20000001", is_estimated=True))])
    page = staff.get(reverse("costs"), {"by": by, "from": "2026-11-01", "to": "2026-11-30"})
    assert page.status_code == 200
    text = page.content.decode()
    assert "0.30000001" in text
    assert "0.20000001" in text
    if by == "assistant":
        assert '<th scope="row">Rivulet</th>' in text
    earlier = staff.get(reverse("costs"), {"by": by, "from": "2026-10-01", "to": "2026-10-31"})
    assert "0.30000001" not in earlier.content.decode()


@pytest.mark.parametrize(
    "query", [{"from": "x"}, {"to": "2026-99-99"}, {"by": "nothing"}, {"from": "2026-12-01"}]
)
def test_a_wrong_filter_shows_a_page_all_the_same(staff: Client, query: dict[str, str]) -> None:
    assert staff.get(reverse("costs"), query).status_code == 200


def test_the_sums_are_for_staff(client: Client, person: User) -> None:
    client.force_login(person)
    assert client.get(reverse("costs")).status_code == 302


def test_the_lines_are_read_only_in_the_admin(staff: Client, person: User) -> None:
    enter([Charge(person.id, DAY, [tried("0.1")])])
    page = staff.get(reverse("admin:chat_spending_changelist")).content.decode()
    assert '<data value="0.1" title="0.1">0.10</data>' in page
    assert staff.get(reverse("admin:chat_spending_add")).status_code == 403
    assert Spending.objects.get().day == date(2026, 11, 21)


def test_a_line_has_all_its_digits(staff: Client, person: User) -> None:
    enter([Charge(person.id, DAY, [tried("12.34567891")])])
    line = Spending.objects.get()
    assert ">12.35<" in staff.get(reverse("admin:chat_spending_changelist")).content.decode()
    page = staff.get(reverse("admin:chat_spending_change", args=[line.id])).content.decode()
    assert "12.34567891" in page


def test_two_pages_of_costs_have_two_names(staff: Client) -> None:
    text = staff.get(reverse("admin:index")).content.decode()
    assert text.count(">Costs</a>") == text.count(">Summary of costs</a>") == 1


@pytest.mark.parametrize("name", ["costs", "providers"])
def test_the_way_back_looks_as_everywhere_in_the_admin(staff: Client, name: str) -> None:
    text = staff.get(reverse(name)).content.decode()
    assert '<div class="breadcrumbs">' in text
    assert text.count('aria-label="Breadcrumbs"') == 1
    assert "tfoot" not in text


def test_the_index_leads_to_them_within_its_main_part(staff: Client) -> None:
    text = staff.get(reverse("admin:index")).content.decode()
    main = text.partition('id="content-main"')[2].partition(reverse("costs"))[0]
    # Still inside: whatever was opened since then and closed, the part itself was not.
    assert main.count("</div>") <= main.count("<div")
