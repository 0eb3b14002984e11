"""What a model is asked."""

from typing import Any

import pytest

from chat.models import Message
from config.catalogue import Model
from streaming.generation.prompt import BYTES_PER_TOKEN, GO_ON, build, fit, merge, tokens, window
from streaming.providers.base import Turn
from streaming.routing.persona import Persona

USER, ASSISTANT = Message.Role.USER, Message.Role.ASSISTANT


def said(*texts: tuple[str, str]) -> list[Message]:
    return [Message(role=role, content=text) for role, text in texts]


def test_turns_alternate_and_empty_replies_are_left_out() -> None:
    turns = merge(said((USER, "a"), (ASSISTANT, ""), (USER, "b"), (ASSISTANT, "c"), (USER, "d")))
    assert turns == [Turn("user", "a\n\nb"), Turn("assistant", "c"), Turn("user", "d")]


def test_a_question_asked_again_after_a_failure_is_asked_once() -> None:
    assert merge(said((USER, "a"), (ASSISTANT, ""), (USER, "a"))) == [Turn("user", "a")]


def turns_of(*sizes: int) -> list[Turn]:
    """Turns of so many tokens, a person's first."""
    return [
        Turn("assistant" if index % 2 else "user", "x" * (size * BYTES_PER_TOKEN))
        for index, size in enumerate(sizes)
    ]


def test_the_oldest_turns_give_way_and_the_first_left_is_a_persons() -> None:
    turns = turns_of(50, 50, 10)
    assert fit(turns, 110) == turns
    assert fit(turns, 100) == turns[2:]
    assert fit(turns, 60) == turns[2:]
    assert fit(turns, 0) == turns[2:]
    assert fit(turns, -500) == turns[2:]
    assert fit([], 10) == []


def test_a_conversation_that_grows_begins_with_the_same_turn_for_many_messages() -> None:
    turns = turns_of(*[10] * 400)
    beginnings = [
        len(turns[:length]) - len(fit(turns[:length], 1000)) for length in range(1, 400, 2)
    ]
    # Every quarter of the room, and not with every message.
    assert sorted(set(beginnings)) == [0, 26, 50, 76, 100, 126, 150, 176, 200, 226, 250, 276, 300]
    assert beginnings == sorted(beginnings)
    fitted = [fit(turns[:length], 1000) for length in range(1, 400, 2)]
    assert all(len(each) * 10 <= 1000 for each in fitted)
    assert all(each[0].role == "user" for each in fitted)


def test_the_exchange_before_the_last_question_is_not_given_up_for_a_step() -> None:
    turns = turns_of(100, 100, 300, 300, 300)
    assert fit(turns, 1000) == turns[2:]


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The quick brown fox jumps over the lazy dog. " * 20, 180, 400),
        ("Съешь же ещё этих мягких французских булок. " * 20, 180, 700),
        ("素早い茶色の狐がのろまな犬を飛び越える。" * 20, 250, 500),
        ("", 0, 0),
    ],
)
def test_tokens_are_guessed_rather_too_many_than_too_few(text: str, least: int, most: int) -> None:
    """The bounds: what tokenizers of today make of it, and twice that."""
    assert least <= tokens(text) <= most


def test_three_hundred_thousand_tokens_are_cut_to_each_models_window(settings: Any) -> None:
    history = said(*[(USER, "word " * 600), (ASSISTANT, "word " * 600)] * 150, (USER, "and now?"))
    assert sum(tokens(message.content) for message in history) >= 300_000
    for name, window_is in (("gpt-4o", 128_000), ("nobody-knows", 128_000), ("gpt-5.5", 200_000)):
        request = build(Model("openai", name, "cloud"), history)
        sent = sum(tokens(turn.content) for turn in request.turns)
        assert window_is // 2 < sent <= window_is - request.max_tokens or name == "gpt-5.5"
        assert sent <= settings.CHAT_HISTORY_TOKENS_MAX
        assert request.turns[-1].content == "and now?"
        assert request.turns[0].role == "user"


def test_the_window_is_the_models_own_then_the_lists_then_the_settings(settings: Any) -> None:
    settings.CHAT_CONTEXT_TOKENS = 7000
    assert window(Model("openai", "gpt-4o", "cloud")) == 128_000
    assert window(Model("openai", "gpt-4o", "cloud", context_tokens=9000)) == 9000
    assert window(Model("openai", "nobody-knows", "cloud")) == 7000


def test_an_assistants_words_come_first_and_its_limits_hold() -> None:
    model = Model("local", "small", "regional", context_tokens=100, output_tokens_max=50)
    persona = Persona("Be brief.", temperature=0.2, output_tokens_max=20)
    request = build(model, said((USER, "x" * 3000)), persona=persona)
    assert (request.system, request.temperature, request.max_tokens) == ("Be brief.", 0.2, 20)
    assert len(request.turns) == 1
    longer = Persona(output_tokens_max=9000)
    assert build(model, said((USER, "a")), persona=longer).max_tokens == 50


def test_a_long_prompt_takes_the_place_of_old_turns() -> None:
    model = Model("local", "small", "regional", context_tokens=300, output_tokens_max=50)
    before = said((USER, "o" * 200), (ASSISTANT, "yes"), (USER, "and?"))
    assert len(build(model, before).turns) == 3
    assert len(build(model, before, persona=Persona("z" * 600)).turns) == 1


def test_the_last_message_is_always_asked() -> None:
    model = Model("local", "small", "regional", context_tokens=100, output_tokens_max=50)
    text = "x" * (BYTES_PER_TOKEN * 1000)
    request = build(model, said((USER, "before"), (ASSISTANT, "yes"), (USER, text)))
    assert request.turns == (Turn("user", text),)
    assert request.max_tokens == 50


def test_an_answer_that_broke_off_is_shown_to_the_model_and_asked_to_go_on() -> None:
    model = Model("local", "small", "regional", context_tokens=2000, output_tokens_max=50)
    request = build(model, said((USER, "why?")), "Because", given=7, natively=False)
    assert request.turns == (
        Turn("user", "why?"),
        Turn("assistant", "Because"),
        Turn("user", GO_ON),
    )
    assert request.prefix == ""


def test_an_earlier_versions_text_takes_nothing_of_the_longest_answer() -> None:
    model = Model("local", "small", "regional", context_tokens=2000, output_tokens_max=50)
    begun = "x" * (BYTES_PER_TOKEN * 50)
    assert build(model, said((USER, "a")), begun, given=len(begun)).max_tokens == 50
    more = begun + "y" * (BYTES_PER_TOKEN * 20)
    request = build(model, said((USER, "a")), more, given=len(begun))
    assert (request.max_tokens, request.prefix) == (30, more)


def test_what_it_goes_on_with_takes_the_place_of_old_turns() -> None:
    model = Model("local", "small", "regional", context_tokens=150, output_tokens_max=50)
    before = said((USER, "o" * 200), (ASSISTANT, "yes"), (USER, "and?"))
    assert len(build(model, before).turns) == 3
    assert len(build(model, before, "z" * 200, given=200).turns) == 1
