"""API keys: shown once, kept as a hash, limited, revoked."""

import re
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat import keys
from chat.accept import accept
from chat.budgets import OverBudget
from chat.finish import Finished, finish
from chat.key_form import KeyForm
from chat.models import ApiKey, Message, Spending, User
from chat.models.costs import in_units
from chat.sessions import SignIn, still_valid
from chat.submissions import Accepted, Outcome, SignedOut, Submission
from chat.titles import retitle

pytestmark = pytest.mark.django_db

SECRET = re.compile(r"rvl_[A-Za-z0-9_-]{40,}")


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def signed_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


def made(owner: User, **fields: Any) -> tuple[ApiKey, str]:
    key = ApiKey(owner=owner, name="A program", **fields)
    return key, keys.make(key)


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


# -- the page ----------------------------------------------------------------------------


def fields(**more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "name": "Home assistant",
        "scopes": ["chat"],
        "rate_per_minute": "10",
        "budget_usd": "2.5",
        "days": "30",
        **more,
    }


def test_a_key_is_made_by_a_form_and_its_secret_shown_once(signed_in: Client, person: User) -> None:
    page = signed_in.get(reverse("keys"))
    assert "no-store" in page["Cache-Control"]
    form = fields()
    answer = signed_in.post(reverse("keys"), form)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    (secret,) = set(SECRET.findall(answer.content.decode()))
    key = keys.find(secret)
    assert key is not None
    assert (key.owner, key.name, key.scopes, key.rate_per_minute) == (
        person,
        "Home assistant",
        ["chat"],
        10,
    )
    assert key.budget_usd == Decimal("2.5")
    assert key.expires_at is not None
    assert timedelta(days=29) < key.expires_at - timezone.now() <= timedelta(days=30)
    assert not key.keeps_conversations
    later = signed_in.get(reverse("keys")).content.decode()
    assert key.prefix in later
    assert secret not in later
    sessions = [one.get_decoded() for one in Session.objects.all()]
    assert secret not in str(sessions)
    # The same form again, as by a reload, makes no second key.
    again = signed_in.post(reverse("keys"), form, follow=True)
    assert "has been made, and was shown once" in again.content.decode()
    assert ApiKey.objects.count() == 1


def test_a_form_that_is_sent_twice_at_once_makes_one_key(
    signed_in: Client, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = fields()
    is_valid = KeyForm.is_valid

    def meanwhile(self: KeyForm) -> bool:
        keys.make(ApiKey(id=uuid.UUID(form["id"]), owner=person, name="The other click"))
        return is_valid(self)

    monkeypatch.setattr(KeyForm, "is_valid", meanwhile)
    again = signed_in.post(reverse("keys"), form, follow=True)
    assert "has been made, and was shown once" in again.content.decode()
    assert [key.name for key in ApiKey.objects.all()] == ["The other click"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " \u200b "},
        {"name": "x" * 61},
        {"scopes": []},
        {"scopes": ["admin"]},
        {"rate_per_minute": "0"},
        {"rate_per_minute": "10001"},
        {"budget_usd": "-1"},
        {"budget_usd": "NaN"},
        {"days": "0"},
        {"days": "99999999999"},
    ],
)
def test_a_wrong_form_makes_nothing_and_comes_back(
    signed_in: Client, wrong: dict[str, Any]
) -> None:
    answer = signed_in.post(reverse("keys"), fields(**wrong))
    assert answer.status_code == 200
    assert "field-errors" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_too_many_keys_are_told(
    signed_in: Client, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "KEYS_PER_PERSON", 1)
    made(person)
    answer = signed_in.post(reverse("keys"), fields())
    assert "Revoke one first." in answer.content.decode()
    assert ApiKey.objects.count() == 1


def test_a_key_is_revoked_by_its_owner_alone(signed_in: Client, person: User) -> None:
    key, secret = made(person)
    foreign, foreign_secret = made(User.objects.create_user("bob"))
    assert signed_in.post(reverse("key-revoke", args=[foreign.id])).status_code == 404
    assert signed_in.post(reverse("key-revoke", args=[uuid.uuid4()])).status_code == 404
    assert signed_in.get(reverse("key-revoke", args=[key.id])).status_code == 405
    page = signed_in.post(reverse("key-revoke", args=[key.id]), follow=True).content.decode()
    assert "The key no longer works." in page
    assert "Keys that no longer work" in page
    assert keys.find(secret) is None
    assert keys.find(foreign_secret) is not None
    assert foreign.prefix not in page


def test_the_page_is_for_who_is_signed_in_and_guarded_against_other_sites(person: User) -> None:
    guarded = Client(enforce_csrf_checks=True)
    assert guarded.get(reverse("keys")).status_code == 302
    guarded.force_login(person)
    assert guarded.post(reverse("keys"), fields()).status_code == 403
    assert not ApiKey.objects.exists()


def test_the_settings_lead_there(signed_in: Client) -> None:
    assert reverse("keys") in signed_in.get(reverse("settings")).content.decode()
    page = signed_in.get(reverse("keys")).content.decode()
    # What a key opens, and what becomes of what comes that way.
    assert reverse("api-docs") in page
    assert "OpenAI&#x27;s and Anthropic&#x27;s clients" in page


def test_the_way_to_the_settings_says_so(signed_in: Client) -> None:
    page = signed_in.get(reverse("chat-new")).content.decode()
    link = page.partition(f'href="{reverse("settings")}"')[2].partition("</a>")[0]
    assert '<span class="visually-hidden">Settings</span>' in link


# -- the admin ---------------------------------------------------------------------------


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("keeper", password="x"))
    return client


def test_staff_list_filter_and_revoke_keys_and_see_no_secret(staff: Client, person: User) -> None:
    key, secret = made(person)
    changelist = reverse("admin:chat_apikey_changelist")
    for query in ({}, {"state": "valid"}, {"q": "ada"}, {"owner__id__exact": str(person.id)}):
        assert key.prefix in staff.get(changelist, query).content.decode()
    for state in ("expired", "revoked"):
        assert key.prefix not in staff.get(changelist, {"state": state}).content.decode()
    change = staff.get(reverse("admin:chat_apikey_change", args=[key.id])).content.decode()
    assert key.prefix in change
    assert secret not in change
    assert key.hash not in change
    staff.post(changelist, {"action": "revoke", "_selected_action": [str(key.id)]})
    assert keys.find(secret) is None
    assert key.prefix in staff.get(changelist, {"state": "revoked"}).content.decode()


def test_staff_make_a_key_for_a_person_and_see_it_once(staff: Client, person: User) -> None:
    add = reverse("admin:chat_apikey_add")
    assert staff.get(add).status_code == 200
    answer = staff.post(add, fields(owner=str(person.id)))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    (secret,) = set(SECRET.findall(answer.content.decode()))
    key = keys.find(secret)
    assert key is not None
    assert key.owner == person
    assert secret not in staff.get(reverse("admin:chat_apikey_changelist")).content.decode()
    assert secret not in staff.get(reverse("admin:index")).content.decode()


def test_who_may_only_look_at_keys_revokes_none(client: Client, person: User) -> None:
    from django.contrib.auth.models import Permission

    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_apikey"))
    client.force_login(looker)
    key, secret = made(person)
    changelist = reverse("admin:chat_apikey_changelist")
    assert client.get(changelist).status_code == 200
    client.post(changelist, {"action": "revoke", "_selected_action": [str(key.id)]})
    assert keys.find(secret) is not None
    assert client.get(reverse("admin:chat_apikey_add")).status_code == 403
