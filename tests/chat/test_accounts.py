"""Accounts: signing up, in and out, and another password."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chat.models import Conversation, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]

PASSWORD = "a river in flood"


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person", password=PASSWORD)


@pytest.fixture
def conversation(person: User) -> Conversation:
    return Conversation.objects.create(owner=person, title="About rivers")


def test_new_person_is_signed_in_at_once(client: Client) -> None:
    form = {"username": "newcomer", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post(reverse("sign-up"), form, follow=True)
    assert response.redirect_chain[-1][0] == reverse("chat-new")
    assert response.context["user"].username == "newcomer"


def test_name_in_other_letters_is_taken(client: Client, person: User) -> None:
    form = {"username": "PERSON", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post(reverse("sign-up"), form)
    assert "This name is taken." in response.content.decode()
    assert User.objects.count() == 1


def test_weak_password_is_refused_with_a_reason(client: Client) -> None:
    form = {"username": "newcomer", "password1": "12345678", "password2": "12345678"}
    assert "password" in client.post(reverse("sign-up"), form).content.decode()
    assert not User.objects.exists()


def test_sign_in_leads_back_to_where_one_was_going(
    client: Client, person: User, conversation: Conversation
) -> None:
    wanted = reverse("conversation", args=[conversation.id])
    form = {"username": "person", "password": PASSWORD, "next": wanted}
    assert client.post(reverse("sign-in"), form)["Location"] == wanted


def test_sign_in_does_not_lead_to_other_sites(client: Client, person: User) -> None:
    form = {"username": "person", "password": PASSWORD, "next": "https://example.org/"}
    assert client.post(reverse("sign-in"), form)["Location"] == reverse("home")


def test_wrong_password_and_unknown_name_look_the_same(client: Client, person: User) -> None:
    def answer(name: str) -> str:
        response = client.post(reverse("sign-in"), {"username": name, "password": "wrong"})
        errors: list[str] = response.context["form"].non_field_errors()
        return " ".join(errors)

    assert answer("person") == answer("nobody") != ""


def test_sign_in_asks_for_what_sign_up_asked_for(client: Client) -> None:
    for page in ("sign-in", "sign-up"):
        form = client.get(reverse(page)).context["form"]
        assert form["username"].label == "Name"
        assert _focused(form) == ["username"]


def test_a_form_that_comes_back_has_the_focus_on_the_mistake(client: Client, person: User) -> None:
    wrong = {"username": "person", "password": "wrong"}
    assert _focused(client.post(reverse("sign-in"), wrong).context["form"]) == ["password"]
    twice = {"username": "newcomer", "password1": PASSWORD, "password2": "another"}
    assert _focused(client.post(reverse("sign-up"), twice).context["form"]) == ["password2"]
    taken = {"username": "person", "password1": PASSWORD, "password2": PASSWORD}
    assert _focused(client.post(reverse("sign-up"), taken).context["form"]) == ["username"]


def _focused(form: Any) -> list[str]:
    return [name for name in form.fields if form[name].as_widget().find(" autofocus") > 0]


def test_what_is_wrong_with_a_password_is_said_where_it_is_written(signed_in: Client) -> None:
    form = {"username": "newcomer", "password1": "12345678", "password2": "12345678"}
    assert list(Client().post(reverse("sign-up"), form).context["form"].errors) == ["password1"]
    form = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    page = signed_in.post(reverse("password-change"), form)
    assert list(page.context["form"].errors) == ["new_password1"]


@pytest.mark.parametrize(("language", "word"), [("en", "name"), ("de", "Name")])
@pytest.mark.parametrize("name", ["not a name!", "a-river-in-floods"])
def test_mistakes_in_a_name_call_it_a_name(
    client: Client, name: str, language: str, word: str
) -> None:
    client.cookies["language"] = language
    form = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    (errors,) = client.post(reverse("sign-up"), form).context["form"].errors.values()
    assert word in errors.as_text()
    assert "user" not in errors.as_text()
    assert "Benutzer" not in errors.as_text()


def test_sign_out_ends_the_session_and_needs_a_post(signed_in: Client) -> None:
    assert signed_in.get(reverse("sign-out")).status_code == 405
    signed_in.post(reverse("sign-out"))
    assert signed_in.get(reverse("chat-new")).status_code == 302


def test_password_can_be_changed_without_being_signed_out(signed_in: Client) -> None:
    new = "a lake without wind"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    response = signed_in.post(reverse("password-change"), form, follow=True)
    assert "Your password has been changed." in response.content.decode()
    assert User.objects.get().check_password(new)
