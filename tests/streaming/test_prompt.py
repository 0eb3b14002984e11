"""What a model is asked."""

from chat.models import Message
from config.catalogue import Model
from streaming.generation.prompt import CHARS_PER_TOKEN, GO_ON, build, fit, merge
from streaming.providers.base import Turn

USER, ASSISTANT = Message.Role.USER, Message.Role.ASSISTANT


def said(*texts: tuple[str, str]) -> list[Message]:
    return [Message(role=role, content=text) for role, text in texts]


def test_turns_alternate_and_empty_replies_are_left_out() -> None:
    turns = merge(said((USER, "a"), (ASSISTANT, ""), (USER, "b"), (ASSISTANT, "c"), (USER, "d")))
    assert turns == [Turn("user", "a\n\nb"), Turn("assistant", "c"), Turn("user", "d")]


def test_a_question_asked_again_after_a_failure_is_asked_once() -> None:
    assert merge(said((USER, "a"), (ASSISTANT, ""), (USER, "a"))) == [Turn("user", "a")]


def test_the_oldest_turns_give_way_and_the_first_left_is_a_persons() -> None:
    turns = [Turn("user", "1" * 50), Turn("assistant", "2" * 50), Turn("user", "3" * 10)]
    assert fit(turns, 110) == turns
    assert fit(turns, 100) == turns[2:]
    assert fit(turns, 60) == turns[2:]


def test_the_last_message_is_always_asked() -> None:
    model = Model("local", "small", "regional", context_tokens=100, output_tokens_max=50)
    text = "x" * (CHARS_PER_TOKEN * 1000)
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
    begun = "x" * (CHARS_PER_TOKEN * 50)
    assert build(model, said((USER, "a")), begun, given=len(begun)).max_tokens == 50
    more = begun + "y" * (CHARS_PER_TOKEN * 20)
    request = build(model, said((USER, "a")), more, given=len(begun))
    assert (request.max_tokens, request.prefix) == (30, more)


def test_what_it_goes_on_with_takes_the_place_of_old_turns() -> None:
    model = Model("local", "small", "regional", context_tokens=150, output_tokens_max=50)
    before = said((USER, "o" * 200), (ASSISTANT, "yes"), (USER, "and?"))
    assert len(build(model, before).turns) == 3
    assert len(build(model, before, "z" * 200, given=200).turns) == 1
