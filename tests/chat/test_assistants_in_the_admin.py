"""Assistants as staff make and change them, and what staff see of them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from chat.models import Assistant, PromptVersion, User
from tests.chat.assistants import accepted, default, ended

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person")


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def form(assistant: Assistant | None = None, **fields: Any) -> dict[str, Any]:
    filled = {
        "name": assistant.name if assistant else "Guide",
        "prompt_text": assistant.prompt.text if assistant and assistant.prompt else "",
        "is_offered": "on",
        "gives_instant_answers": "on",
        "caches_answers": "on",
        "position": "0",
        "prompts-TOTAL_FORMS": "0",
        "prompts-INITIAL_FORMS": "0",
        **({"is_default": "on"} if assistant and assistant.is_default else {}),
        **fields,
    }
    return {name: value for name, value in filled.items() if value is not None}


def change(staff: Client, assistant: Assistant, **fields: Any) -> Any:
    address = reverse("admin:chat_assistant_change", args=[assistant.id])
    return staff.post(address, form(assistant, **fields))


def test_staff_make_an_assistant(staff: Client) -> None:
    fields = form(
        prompt_text="Speak {language} with {name}.\r\n",
        picture="👩\u200d🍳",
        temperature="0.3",
        output_tokens_max="500",
        tier="regional",
        starters="  One?\n\n Two? ",
    )
    response = staff.post(reverse("admin:chat_assistant_add"), fields)
    assert response.status_code == 302, response.content.decode()
    made = Assistant.objects.get(name="Guide")
    assert made.prompt is not None
    assert (made.prompt.number, made.prompt.text) == (1, "Speak {language} with {name}.")
    assert made.prompt.author == User.objects.get(username="keeper")
    assert (made.temperature, made.output_tokens_max, made.tier) == (0.3, 500, "regional")
    assert made.starter_lines == ["One?", "Two?"]
    assert "👩\u200d🍳 Guide" in page(staff, reverse("admin:chat_assistant_changelist"))


def test_staff_say_which_answers_need_no_model(staff: Client, cook: Assistant) -> None:
    fields = ("gives_instant_answers", "caches_answers", "is_public")

    def kept() -> list[bool]:
        cook.refresh_from_db()
        return [getattr(cook, name) for name in fields]

    assert kept() == [True, True, False]
    change(staff, cook, gives_instant_answers=None, caches_answers=None)
    assert kept() == [False, False, False]
    response = change(staff, cook, caches_answers=None, is_public="on")
    assert "Answers that are not repeated are nobody else" in response.content.decode()
    change(staff, cook, is_public="on")
    assert kept() == [True, True, True]


def test_a_changed_prompt_is_a_new_version_another_change_is_none(
    staff: Client, cook: Assistant
) -> None:
    assert change(staff, cook, prompt_text="You bake.").status_code == 302
    cook.refresh_from_db()
    assert change(staff, cook, description="Bakes").status_code == 302
    assert list(cook.prompts.values_list("number", "text")) == [
        (2, "You bake."), (1, "You cook for {name}."),
    ]  # fmt: skip
    html = page(staff, reverse("admin:chat_assistant_change", args=[cook.id]))
    assert "You cook for {name}." in html


def test_an_unknown_placeholder_is_refused_in_clear_words(staff: Client, cook: Assistant) -> None:
    response = change(staff, cook, prompt_text="Hello {user.password} and {age}, {name}")
    assert response.status_code == 200
    html = response.content.decode()
    assert "There is no placeholder {user.password}, {age}. There are {name}, {language}," in html
    assert "double them: {{user.password}}." in html
    assert PromptVersion.objects.filter(assistant=cook).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("picture", "abc", "One emoji, or one or two letters."),
        ("picture", "a b", "One emoji, or one or two letters."),
        ("starters", "x\n" * 7, "At most 6 lines of at most 120 characters."),
        ("starters", "x" * 121, "At most 6 lines of at most 120 characters."),
        ("temperature", "3", "less than or equal to 2"),
        ("output_tokens_max", "1", "greater than or equal to 16"),
        ("model", "openai:nobody", "Select a valid choice"),
        ("prompt_text", "x" * 20_001, "at most 20000 characters"),
    ],
)
def test_what_cannot_be_is_refused(
    staff: Client, cook: Assistant, field: str, value: str, told: str
) -> None:
    response = change(staff, cook, **{field: value})
    assert response.status_code == 200
    assert told in response.content.decode()


def test_a_pinned_model_that_is_gone_can_stay(staff: Client, cook: Assistant) -> None:
    Assistant.objects.filter(id=cook.id).update(model="openai:retired")
    assert change(staff, cook, model="openai:retired", description="x").status_code == 302
    cook.refresh_from_db()
    assert (cook.model, cook.pinned) == ("openai:retired", ("", ""))


def test_another_default_takes_the_mark_from_the_first(staff: Client, cook: Assistant) -> None:
    assert change(staff, cook, is_default="on").status_code == 302
    assert default() == cook
    response = change(staff, default(), is_default=None)
    assert "Make another assistant the default instead." in response.content.decode()
    response = change(staff, default(), is_offered=None)
    assert "The default assistant is always offered." in response.content.decode()
    assert default() == cook


def test_nobody_deletes_an_assistant(staff: Client, cook: Assistant) -> None:
    address = reverse("admin:chat_assistant_delete", args=[cook.id])
    assert staff.post(address, {"post": "yes"}).status_code == 403


def test_staff_see_which_version_answered(staff: Client, person: User, cook: Assistant) -> None:
    one = accepted(person, assistant_id=cook.id)
    ended(
        one.reply,
        tries=[{"provider": "p", "model": "m", "cached_tokens": 900, "saved_usd": "0.02", "ms": 1}],
    )
    html = page(staff, reverse("admin:chat_message_change", args=[one.reply.id]))
    assert "Cook · 1" in html
    assert "900 tokens from a cache" in html
    assert "$0.02 saved by it" in html
    html = page(staff, reverse("admin:chat_conversation_change", args=[one.conversation.id]))
    assert "Cook, prompt 1" in html
    html = page(staff, reverse("admin:chat_conversation_changelist"))
    assert "Cook" in html
