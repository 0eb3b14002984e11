"""Assistants: made by staff, chosen by people, fixed when a message is accepted."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from chat import questions
from chat.accept import accept
from chat.assistants import write_prompt
from chat.finish import Finished, finish
from chat.models import Assistant, Conversation, Message, PromptVersion, User
from chat.questions import Wanted
from chat.submissions import Accepted, Denied, Outcome, Submission
from config import catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person")


@pytest.fixture
def signed_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("keeper", password="x"))
    return client


@pytest.fixture
def cook() -> Assistant:
    made = Assistant.objects.create(
        name="Cook",
        picture="🍳",
        description="Knows what is in the fridge",
        starters="What can I make of eggs?\nA dinner for two & more",
    )
    write_prompt(made, "You cook for {name}.", None)
    return made


def default() -> Assistant:
    return Assistant.objects.get(is_default=True)


def sent(person: User, text: str = "Hello", **more: Any) -> Outcome:
    more.setdefault("client_id", uuid.uuid4().hex)
    (outcome,) = accept([Submission(user_id=person.id, text=text, **more)])
    return outcome


def accepted(person: User, text: str = "Hello", **more: Any) -> Accepted:
    outcome = sent(person, text, **more)
    assert isinstance(outcome, Accepted)
    return outcome


def ended(reply: Message, **figures: Any) -> None:
    fields: dict[str, Any] = {"status": Message.Status.COMPLETE, "content": "Yes"}
    finish([Finished(id=reply.id, attempt=1, finished_at=reply.created_at, **(fields | figures))])


# -- what an installation begins with ------------------------------------------------------


def test_there_is_a_default_assistant_whose_prompt_is_empty() -> None:
    assert default().is_offered
    assert default().prompt is not None
    assert (default().prompt.number, default().prompt.text) == (1, "")  # type: ignore[union-attr]


def test_there_is_one_default_assistant() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Assistant.objects.create(name="Another", is_default=True)


# -- accepting -----------------------------------------------------------------------------


def test_a_conversation_belongs_to_the_assistant_that_was_chosen(
    person: User, cook: Assistant
) -> None:
    assert accepted(person).conversation.assistant == default()
    one = accepted(person, assistant_id=cook.id)
    assert Conversation.objects.get(id=one.conversation.id).assistant == cook
    assert one.reply.prompt_id == cook.prompt_id
    ended(one.reply)
    # It stays with it, whatever a later frame names.
    more = accepted(person, conversation_id=one.conversation.id, assistant_id=default().id)
    assert more.conversation.assistant == cook
    assert more.reply.prompt_id == cook.prompt_id


def test_unknown_assistants_and_those_not_offered_look_the_same(
    person: User, cook: Assistant
) -> None:
    Assistant.objects.filter(id=cook.id).update(is_offered=False)
    assert isinstance(sent(person, assistant_id=cook.id), Denied)
    assert isinstance(sent(person, assistant_id=uuid.uuid4()), Denied)
    assert Conversation.objects.count() == 0


def test_one_that_is_not_offered_any_more_goes_on_answering(person: User, cook: Assistant) -> None:
    one = accepted(person, assistant_id=cook.id)
    ended(one.reply)
    Assistant.objects.filter(id=cook.id).update(is_offered=False)
    more = accepted(person, conversation_id=one.conversation.id)
    assert more.reply.prompt_id == cook.prompt_id


def test_without_any_assistant_messages_are_accepted(person: User) -> None:
    Assistant.objects.all().delete()
    one = accepted(person)
    assert (one.conversation.assistant, one.reply.prompt_id) == (None, None)


def test_a_reply_keeps_the_version_of_the_prompt_that_answered(
    person: User, cook: Assistant
) -> None:
    before = accepted(person, assistant_id=cook.id)
    ended(before.reply)
    write_prompt(cook, "You bake.", person)
    again = accepted(person, again=before.reply.id, text="")
    assert [Message.objects.get(id=one.reply.id).prompt.number for one in (before, again)] == [1, 2]  # type: ignore[union-attr]


def test_an_answer_that_goes_on_is_told_what_its_beginning_was_told(
    person: User, cook: Assistant
) -> None:
    before = accepted(person, assistant_id=cook.id)
    ended(before.reply, status=Message.Status.STOPPED)
    write_prompt(cook, "You bake.", None)
    more = accepted(person, again=before.reply.id, goes_on=True, text="")
    assert more.reply.prompt_id == before.reply.prompt_id


def test_a_pinned_model_is_asked_unless_the_person_chose_one(
    person: User, cook: Assistant, settings: Any
) -> None:
    settings.CHAT_MODELS = models("anthropic:large", "openai:small")
    Assistant.objects.filter(id=cook.id).update(model="openai:small")
    one = accepted(person, assistant_id=cook.id)
    assert (one.reply.provider, one.reply.model) == ("openai", "small")
    other = accepted(person, assistant_id=cook.id, provider="anthropic", model="large")
    assert (other.reply.provider, other.reply.model) == ("anthropic", "large")
    settings.CHAT_MODELS = models("anthropic:large")
    gone = accepted(person, assistant_id=cook.id)
    assert (gone.reply.provider, gone.reply.model) == ("", "")


def models(*names: str) -> catalogue.Catalogue:
    return catalogue.read(
        cloud=list(names),
        regional=[],
        keys={"anthropic": True, "openai": True},
        openai_base_url="",
        local_model=False,
    )


def test_all_that_a_prompt_needs_is_read_in_two_queries(
    person: User, cook: Assistant, django_assert_num_queries: Any
) -> None:
    context = {"language": "de", "location": "Rome"}
    one = accepted(person, assistant_id=cook.id, context=context)
    with django_assert_num_queries(2):
        (loaded,) = questions.asked([Wanted(one.reply.id)])
        assert loaded is not None
        reply, said = loaded.reply, loaded.said
        assert reply.prompt is not None
        assert reply.prompt.assistant.tier == cook.tier
        assert reply.conversation.owner.get_username() == "person"
        assert said[-1].context == context


def test_prompts_are_numbered_and_the_same_text_is_the_same_version(cook: Assistant) -> None:
    texts = ["You cook for {name}.", "a", "a", "b", "a"]
    assert [write_prompt(cook, text, None).number for text in texts] == [1, 2, 2, 3, 4]
    cook.refresh_from_db()
    assert cook.prompt is not None
    assert (cook.prompt.number, cook.prompt.text) == (4, "a")
    assert cook.prompts.count() == 4


# -- the pages -----------------------------------------------------------------------------


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_with_one_assistant_there_is_nothing_to_choose(signed_in: Client) -> None:
    html = page(signed_in, reverse("chat-new"))
    assert 'class="assistants"' not in html
    assert 'id="assistant"' not in html
    assert 'name="assistant"' not in html
    assert "Explain how tides work" in html


def test_the_new_page_offers_assistants_by_links(signed_in: Client, cook: Assistant) -> None:
    html = page(signed_in, reverse("chat-new"))
    assert html.count('class="assistant"') == 2
    assert f'href="/chat/?assistant={cook.id}" title="Knows what is in the fridge">' in html
    assert 'href="/chat/" aria-current="true"' in html
    assert 'data-assistant-id=""' in html


def test_the_chosen_one_is_shown_with_its_starters_and_goes_into_the_form(
    signed_in: Client, cook: Assistant
) -> None:
    html = page(signed_in, f"/chat/?assistant={cook.id}")
    assert f'<input type="hidden" name="assistant" value="{cook.id}">' in html
    assert f'data-assistant-id="{cook.id}"' in html
    assert 'aria-hidden="true">🍳</span>' in html
    assert "What can I make of eggs?" in html
    assert f"A%20dinner%20for%20two%20%26%20more&amp;assistant={cook.id}" in html
    assert "Explain how tides work" not in html
    assert "Knows what is in the fridge</p>" in html


def test_where_there_is_nothing_to_begin_with_nothing_is_promised(
    signed_in: Client, cook: Assistant
) -> None:
    Assistant.objects.filter(id=cook.id).update(starters="", description="")
    html = page(signed_in, f"/chat/?assistant={cook.id}")
    assert "begin with one of these" not in html
    assert "Ask a question, or think out loud." in html


@pytest.mark.parametrize("name", ["7", "x" * 500, str(uuid.uuid4())])
def test_an_assistant_that_is_not_offered_is_not_found(signed_in: Client, name: str) -> None:
    assert signed_in.get("/chat/", {"assistant": name}).status_code == 404


def test_the_page_of_a_conversation_says_whose_it_is(
    signed_in: Client, person: User, cook: Assistant
) -> None:
    one = accepted(person, assistant_id=cook.id)
    ended(one.reply)
    Assistant.objects.filter(id=cook.id).update(is_offered=False)
    html = page(signed_in, reverse("conversation", args=[one.conversation.id]))
    assert 'class="topbar-assistant-name" dir="auto">Cook</span>' in html
    # Who hears the page hears who answers.
    assert '<h2 class="visually-hidden">Cook</h2>' in html


def test_what_staff_write_is_text_on_every_page(signed_in: Client, cook: Assistant) -> None:
    Assistant.objects.filter(id=cook.id).update(
        name="<b>x</b>", picture="<b>", description="<i>y</i>", starters="<u>z</u>"
    )
    html = page(signed_in, f"/chat/?assistant={cook.id}")
    assert not [tag for tag in ("<b>", "<i>", "<u>") if tag in html]


# -- the admin -----------------------------------------------------------------------------


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
