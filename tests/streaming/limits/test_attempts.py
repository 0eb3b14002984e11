"""Trying to sign in, again and again."""

import uuid
from typing import Any

import pytest
from django.test import Client

from chat.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]


def name() -> str:
    return f"person-{uuid.uuid4().hex[:8]}"


@pytest.mark.parametrize("path", ["/sign-in/", "/admin/login/"])
def test_an_address_that_tries_too_often_is_told_to_wait(settings: Any, path: str) -> None:
    settings.CHAT_SIGN_INS_PER_ADDRESS = 3
    client = Client(REMOTE_ADDR=f"2001:db8:{uuid.uuid4().hex[:4]}::1")
    tried = [client.post(path, {"username": name(), "password": "no"}) for _ in range(5)]
    assert [one.status_code for one in tried] == [200, 200, 200, 429, 429]
    assert 0 < int(tried[-1]["Retry-After"]) <= 20
    assert "Please wait" in tried[-1].content.decode()
    elsewhere = Client(REMOTE_ADDR="203.0.113.200")
    assert elsewhere.post(path, {"username": name(), "password": "no"}).status_code == 200


def test_the_right_password_does_not_help_then(settings: Any) -> None:
    settings.CHAT_SIGN_INS_PER_ADDRESS = 1
    person = User.objects.create_user(name(), password="river 1 stone")
    form = {"username": person.username, "password": "river 1 stone"}
    client = Client(REMOTE_ADDR=f"2001:db8:{uuid.uuid4().hex[:4]}::1")
    client.post("/sign-in/", form | {"password": "wrong"})
    assert client.post("/sign-in/", form).status_code == 429
    assert "sessionid" not in client.cookies


def test_an_account_is_guarded_against_many_addresses(settings: Any) -> None:
    settings.CHAT_SIGN_INS_PER_ADDRESS = 1
    form = {"username": name(), "password": "no"}
    tried = [
        Client(REMOTE_ADDR=f"203.0.113.{number}").post("/sign-in/", form) for number in range(1, 6)
    ]
    assert [one.status_code for one in tried] == [200, 200, 200, 429, 429]


def test_new_accounts_of_one_address_are_counted_by_the_hour(settings: Any) -> None:
    settings.CHAT_SIGN_UPS_PER_ADDRESS = 1
    address = f"2001:db8:{uuid.uuid4().hex[:4]}::1"
    made = []
    for _ in range(2):
        form = {"username": name(), "password1": "river 1 stone", "password2": "river 1 stone"}
        made.append(Client(REMOTE_ADDR=address).post("/sign-up/", form))
    assert [one.status_code for one in made] == [302, 429]
    assert "60 minutes" in made[-1].content.decode()
