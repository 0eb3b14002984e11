"""The pages of API keys: one is made, shown once and revoked, by its owner and by staff."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chat import keys
from chat.key_form import KeyForm
from chat.models import ApiKey, User
from tests.chat.keys import SECRET, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ada")


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
