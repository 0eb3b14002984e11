"""Assistants: offered on the pages, chosen by people, fixed when a message is accepted."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from chat import questions
from chat.assistants import write_prompt
from chat.models import Assistant, Conversation, Message, User
from chat.questions import Wanted
from chat.submissions import Denied
from config import catalogue
from tests.chat.assistants import accepted, default, ended, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person")


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
    with django_assert_num_queries(3):
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


@pytest.mark.parametrize("name", ["7", "x" * 500, "00000000-0000-4000-8000-000000000000"])
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
