"""What may be spent: warned, then refused before it is; what is free still answers."""

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from chat import budgets
from chat.accept import accept
from chat.budgets import OverBudget, began, renews_at, state_of
from chat.finish import Finished, finish
from chat.ledger import Charge, enter
from chat.models import Budget, Message, User
from chat.submissions import Accepted, Answer, Outcome, Submission

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ada")


def spend(person: User, cost_usd: str, when: datetime | None = None) -> None:
    when = when or datetime.now(UTC)
    tried = {"provider": "openai", "model": "m", "began_at": "x", "cost_usd": cost_usd}
    enter([Charge(person.id, when, [tried])])


def send(*people: User, **more: Any) -> list[Outcome]:
    return accept(
        [
            Submission(user_id=one.id, text="Hi", client_id=uuid.uuid4().hex, **more)
            for one in people
        ]
    )


def passes(*people: User, **more: Any) -> list[bool]:
    return [isinstance(one, Accepted) for one in send(*people, **more)]


def end(outcome: Outcome, cost_usd: str) -> None:
    assert isinstance(outcome, Accepted)
    tried = {"provider": "openai", "model": "m", "began_at": "x", "cost_usd": cost_usd}
    finish(
        [
            Finished(
                id=outcome.reply.id,
                attempt=1,
                status=Message.Status.COMPLETE,
                content="Hello",
                finished_at=datetime.now(UTC),
                tries=[tried],
            )
        ]
    )


def test_without_a_budget_nobody_is_held_up(person: User) -> None:
    spend(person, "1000000")
    assert passes(person) == [True]
    assert state_of(person.id) is None


def test_at_the_hard_budget_nothing_is_written(person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal("0.5")
    spend(person, "0.49999999")
    (first,) = send(person)
    assert isinstance(first, Accepted)
    end(first, "0.00000001")
    before = Message.objects.count()
    (over,) = send(person)
    assert isinstance(over, OverBudget)
    assert not over.whole
    assert 0 < over.seconds <= 31 * 24 * 3600
    assert Message.objects.count() == before
    # Nobody else is meant.
    assert passes(User.objects.create_user("bob")) == [True]


def test_a_repeated_send_gets_its_first_reply_however_much_was_spent(
    person: User, settings: Any
) -> None:
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal(1)
    same = Submission(user_id=person.id, text="Hi", client_id="same")
    (first,) = accept([same])
    spend(person, "2")
    (again,) = accept([same])
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert again.reply.id == first.reply.id


def test_what_is_under_way_counts_until_it_has_ended(person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal("0.05")
    settings.CHAT_BUDGET_RESERVE_USD = Decimal("0.01")
    outcomes = send(*[person] * 8)
    passed = [one for one in outcomes if isinstance(one, Accepted)]
    assert len(passed) == 5
    held = outcomes[-1]
    assert isinstance(held, OverBudget)
    assert held.under_way
    assert held.seconds == budgets.UNDER_WAY_SECONDS
    # The same in the next batch, in whichever process.
    assert passes(person) == [False]
    end(passed[0], "0.001")
    assert passes(person) == [True]


def test_all_together_have_a_budget_too(person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_HARD_USD = Decimal(1)
    other = User.objects.create_user("bob")
    assert passes(person, other) == [True, True]
    spend(other, "1")
    (over,) = send(person)
    assert isinstance(over, OverBudget)
    assert over.whole


def test_what_is_free_still_answers_and_nothing_else(person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal(0)
    (chosen,) = send(person, costs=False)
    (by_itself,) = send(person, can_be_free=True)
    for one in (chosen, by_itself):
        assert isinstance(one, Accepted)
        assert Message.objects.get(id=one.reply.id).free_only
    assert passes(person) == [False]
    settings.CHAT_BUDGET_PERSON_HARD_USD = None
    (paid,) = send(person, can_be_free=True)
    assert isinstance(paid, Accepted)
    assert not Message.objects.get(id=paid.reply.id).free_only


def test_what_has_its_answer_already_is_accepted_without_a_budget(
    person: User, settings: Any
) -> None:
    (before,) = send(person)
    assert isinstance(before, Accepted)
    end(before, "0")
    here = before.conversation.id
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal(0)
    prompt = before.reply.prompt_id
    said = {"status": Message.Status.COMPLETE, "content": "It is noon.", "source": "edge"}
    (new,) = send(person, answer=Answer(None, prompt, said))
    (next_one,) = send(person, answer=Answer(before.reply.id, prompt, {}), conversation_id=here)
    assert isinstance(new, Accepted)
    assert isinstance(next_one, Accepted)
    assert Message.objects.get(id=new.reply.id).content == "It is noon."
    assert Message.objects.get(id=next_one.reply.id).free_only
    assert passes(person, conversation_id=here) == [False]
    # The conversation has gone on since: it is another question there, which a model would answer.
    late = Answer(before.reply.id, prompt, said)
    assert passes(person, conversation_id=here, answer=late) == [False]


def test_a_budget_of_ones_own_goes_before_everybodys(person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal(1)
    settings.CHAT_BUDGET_PERSON_SOFT_USD = Decimal("0.5")
    Budget.objects.create(person=person, hard_usd=Decimal(10))
    spend(person, "2")
    assert passes(person) == [True]
    state = state_of(person.id)
    assert state is not None
    told = state.told()
    assert told is not None
    assert (told["level"], told["percent"]) == ("soft", 20)
    assert (told["soft_usd"], told["hard_usd"]) == ("0.5", "10.0000")
    Budget.objects.update(hard_usd=0)
    assert passes(person) == [False]


def test_a_budget_that_warns_after_it_refused_is_none(person: User) -> None:
    with pytest.raises(ValidationError):
        Budget(person=person, soft_usd=Decimal(2), hard_usd=Decimal(1)).full_clean()


@pytest.mark.parametrize(
    ("period", "first", "renewal"),
    [
        ("month", date(2026, 12, 1), datetime(2027, 1, 1, tzinfo=UTC)),
        ("day", date(2026, 12, 31), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_budget_renews(settings: Any, period: str, first: date, renewal: datetime) -> None:
    settings.CHAT_BUDGET_PERIOD = period
    now = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    assert (began(now), renews_at(now)) == (first, renewal)


def test_what_was_spent_before_counts_no_more(person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal(1)
    settings.CHAT_BUDGET_PERIOD = "day"
    spend(person, "5", datetime.now(UTC) - timedelta(days=2))
    assert passes(person) == [True]


def test_a_quiet_word_on_the_page(client: Client, person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_PERSON_SOFT_USD = Decimal(1)
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal(2)
    client.force_login(person)

    def page() -> str:
        return client.get(reverse("chat-new")).content.decode()

    spend(person, "0.9")
    assert 'id="budget" hidden' in page()
    spend(person, "0.6")
    assert "You have used 75 % of your budget." in page()
    spend(person, "1")
    assert "Your budget is used up." in page().partition('id="phrases"')[0]


def test_staff_set_budgets_and_see_where_all_stand(client: Client, settings: Any) -> None:
    keeper = User.objects.create_superuser("keeper", password="x")
    settings.CHAT_BUDGET_SOFT_USD = Decimal(1)
    client.force_login(keeper)
    assert client.get(reverse("admin:chat_user_change", args=[keeper.id])).status_code == 200
    spend(keeper, "1.5")
    page = client.get(reverse("costs")).content.decode()
    assert "$1.50 spent by all together" in page
    assert "errornote" in page
