"""API keys: kept as a hash, limited, revoked, and what is spent by them."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from chat import keys
from chat.accept import accept
from chat.budgets import OverBudget
from chat.finish import Finished, finish
from chat.models import ApiKey, Message, Spending, User
from chat.models.costs import in_units
from chat.sessions import SignIn, still_valid
from chat.submissions import Accepted, Outcome, SignedOut, Submission
from chat.titles import retitle
from tests.chat.keys import SECRET, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ada")


# -- secrets -----------------------------------------------------------------------------


def test_a_key_is_found_by_its_secret_and_only_the_hash_is_kept(person: User) -> None:
    key, secret = made(person)
    assert SECRET.fullmatch(secret)
    found = keys.find(secret)
    assert found is not None
    assert (found.id, found.owner) == (key.id, person)
    kept = ApiKey.objects.values().get()
    assert not any(secret in str(value) for value in kept.values())
    assert secret.startswith(kept["prefix"])
    assert len(kept["prefix"]) <= 10


def test_unknown_revoked_expired_and_owners_who_left_look_the_same(person: User) -> None:
    __, expired = made(person, expires_at=timezone.now() - timedelta(seconds=1))
    revoked_key, revoked = made(person)
    keys.revoke(ApiKey.objects.filter(id=revoked_key.id))
    gone = User.objects.create_user("gone", is_active=False)
    __, of_gone = made(gone)
    wrong = ["", "rvl_", "x" * 1000, "rvl_\udcff", secret_of_nobody(), expired, revoked, of_gone]
    assert [keys.find(secret) for secret in wrong] == [None] * len(wrong)
    assert not ApiKey.objects.exclude(last_used_at=None)


def secret_of_nobody() -> str:
    return "rvl_" + "a" * 43


def test_its_use_is_noted_once_a_minute(person: User, django_assert_num_queries: Any) -> None:
    key, secret = made(person)
    with django_assert_num_queries(2):
        keys.find(secret)
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        keys.find(secret)
    ApiKey.objects.update(last_used_at=first - timedelta(seconds=keys.USE_NOTED_SECONDS))
    keys.find(secret)
    key.refresh_from_db()
    assert key.last_used_at is not None
    assert key.last_used_at >= first


def test_what_a_key_opened_ends_with_it(person: User) -> None:
    key, __ = made(person)
    lasting, __ = made(person)
    by_key, by_other = (SignIn(person.id, key_id=one.id) for one in (key, lasting))
    session = SignIn(person.id, "no such session", "hash")
    assert still_valid([by_key, by_other, session]) == {by_key, by_other}
    keys.revoke(ApiKey.objects.filter(id=key.id))
    assert still_valid([by_key, by_other]) == {by_other}
    (outcome,) = send(person, key)
    assert isinstance(outcome, SignedOut)
    User.objects.update(is_active=False)
    assert still_valid([by_other]) == set()


def test_a_person_has_so_many_keys_and_revoked_ones_do_not_count(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "KEYS_PER_PERSON", 2)
    first, __ = made(person)
    made(person)
    with pytest.raises(keys.TooManyKeys):
        made(person)
    keys.revoke(ApiKey.objects.filter(id=first.id))
    made(person)


# -- budgets -----------------------------------------------------------------------------


def send(person: User, key: ApiKey | None, count: int = 1, **more: Any) -> list[Outcome]:
    sign_in = SignIn(person.id, key_id=key.id) if key else None
    return accept(
        [
            Submission(
                user_id=person.id, text="Hi", client_id=uuid.uuid4().hex, sign_in=sign_in, **more
            )
            for _ in range(count)
        ]
    )


def end(outcome: Outcome, cost_usd: str) -> None:
    assert isinstance(outcome, Accepted)
    tried = {"provider": "openai", "model": "m", "began_at": "x", "cost_usd": cost_usd}
    ended = Finished(
        id=outcome.reply.id,
        attempt=1,
        status=Message.Status.COMPLETE,
        content="Hello",
        finished_at=datetime.now(UTC),
        tries=[tried],
    )
    assert finish([ended])


def test_replies_and_the_ledger_say_by_which_key(person: User) -> None:
    key, __ = made(person)
    (by_key,), (by_hand,) = send(person, key), send(person, None)
    end(by_key, "0.25")
    end(by_hand, "0.5")
    assert isinstance(by_key, Accepted)
    assert Message.objects.get(id=by_key.reply.id).api_key == key
    tried = {"provider": "openai", "model": "m", "began_at": "x", "cost_usd": "0.01"}
    retitle(by_key.conversation.id, "A title", [tried], person.id, key.id)
    lines = Spending.objects.values_list("api_key", "purpose", "cost_units")
    assert set(lines) == {
        (str(key.id), "reply", in_units(Decimal("0.25"))),
        (str(key.id), "title", in_units(Decimal("0.01"))),
        ("", "reply", in_units(Decimal("0.5"))),
    }


def test_a_keys_budget_refuses_the_key_and_not_its_owner(person: User) -> None:
    key, __ = made(person, budget_usd=Decimal(1))
    other, __ = made(person, budget_usd=Decimal(1))
    (first,) = send(person, key)
    end(first, "1")
    (over,) = send(person, key)
    assert isinstance(over, OverBudget)
    assert over.key
    assert not over.whole
    assert 0 < over.seconds <= 31 * 24 * 3600
    assert all(isinstance(one, Accepted) for one in (*send(person, other), *send(person, None)))
    # What costs nothing is still answered.
    (free,) = send(person, key, can_be_free=True)
    assert isinstance(free, Accepted)
    assert Message.objects.get(id=free.reply.id).free_only


def test_what_is_under_way_by_a_key_counts(person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_RESERVE_USD = Decimal("0.01")
    key, __ = made(person, budget_usd=Decimal("0.03"))
    outcomes = send(person, key, 5)
    assert [isinstance(one, Accepted) for one in outcomes] == [True] * 3 + [False] * 2
    (held,) = send(person, key)
    assert isinstance(held, OverBudget)
    assert held.under_way
    end(outcomes[0], "0.001")
    assert isinstance(send(person, key)[0], Accepted)


def test_a_keys_budget_is_the_months_whatever_the_period(person: User, settings: Any) -> None:
    settings.CHAT_BUDGET_PERIOD = "day"
    key, __ = made(person, budget_usd=Decimal(1))
    (first,) = send(person, key)
    end(first, "1")
    today = datetime.now(UTC).date()
    Spending.objects.update(day=today.replace(day=1))
    (over,) = send(person, key)
    assert isinstance(over, OverBudget)
    Spending.objects.update(day=today.replace(day=1) - timedelta(days=1))
    assert isinstance(send(person, key)[0], Accepted)
