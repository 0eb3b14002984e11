"""What routing makes of a message and its conversation."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.models import Message
from streaming.routing import THRESHOLD, Question, Verdict, classify, described, question
from streaming.routing.sample import HEAD_CHARS, TAIL_CHARS
from streaming.routing.verdict import LABELS, Reason
from tests.routing.labelled import read

ROOT = Path(__file__).resolve().parents[2]
PROMPTS = read()
POLITE = [
    "Thank you very much!", "please", "Thanks in advance!", "Vielen Dank im Voraus!",
    "Merci d'avance.", "Muchas gracias, por favor.", "Muito obrigado!", "Grazie mille!",
    "Z góry dziękuję!", "Şimdiden teşekkürler.", "Заранее спасибо!", "شكرا جزيلا",
    "बहुत धन्यवाद", "谢谢！", "よろしくお願いします。", "감사합니다!",
]  # fmt: skip
texts = st.text(st.characters(codec=None), max_size=300)  # lone surrogates too

tiers = st.sampled_from(["cloud", "regional", "cache", ""])


def tier(text: str, **words: object) -> str:
    return classify(Question(text, **words)).tier  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", " ", "\n\t", "?", "🙂" * 50, "\ud800", "\x00", "a" * 200_000])
def test_what_says_nothing_is_simple_or_long(text: str) -> None:
    assert tier(text) == ("cloud" if len(text) > 100_000 else "regional")


@given(texts)
@settings(max_examples=400, deadline=None)
def test_any_text_has_a_verdict_and_always_the_same(text: str) -> None:
    verdict = classify(Question(text))
    assert verdict == classify(Question(text))
    assert verdict.score == sum(weight for _, weight in verdict.reasons)
    assert (verdict.tier == "cloud") == (verdict.score >= THRESHOLD)
    assert {code for code, _ in verdict.reasons} <= LABELS.keys()
    assert all(weight for _, weight in verdict.reasons)


@given(texts, st.integers(0, 10**6), st.integers(0, 1000), st.lists(tiers, max_size=3))
@settings(max_examples=100, deadline=None)
def test_a_longer_history_never_speaks_for_the_small_model(
    text: str, chars: int, turns: int, earlier: list[str]
) -> None:
    alone = classify(Question(text)).score
    assert classify(Question(text, chars, turns, 0, tuple(earlier))).score >= alone


def test_the_same_message_has_the_same_verdict_in_every_process() -> None:
    program = (
        "import json, sys; from streaming.routing import *;"
        "print(json.dumps([classify(Question(t)).as_json() for t in json.load(sys.stdin)]))"
    )
    asked = json.dumps([prompt.text for prompt in PROMPTS])
    said = {
        subprocess.run(
            [sys.executable, "-c", program], input=asked, capture_output=True, text=True,
            cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1
    assert json.loads(said.pop()) == [classify(Question(p.text)).as_json() for p in PROMPTS]


def test_only_the_beginning_and_the_end_of_a_long_message_are_read() -> None:
    head, tail = "word " * (HEAD_CHARS // 5), "end. " * (TAIL_CHARS // 5)
    plain = head + "some more words. " * 500 + tail
    hidden = head + r"prove {;} \sum f() " * 447 + "." * 7 + tail
    assert len(plain) == len(hidden)
    assert classify(Question(plain)) == classify(Question(hidden))
    assert tier(f"{'word ' * 400}. Prove it.") == "cloud"


def test_politeness_changes_no_verdict() -> None:
    flipped = []
    for prompt in PROMPTS:
        for words in POLITE:
            for text in (f"{prompt.text} {words}", f"{words} {prompt.text}"):
                if tier(text) != tier(prompt.text):
                    flipped.append((words, prompt.written))
    assert flipped == []


@pytest.mark.parametrize(
    "text",
    [
        "why?",
        "and in Python?",
        "warum?",
        "et en Rust ?",
        "为什么？",
        "もっと短く",
        "계속해",
        "Go on",
    ],
)
def test_a_follow_up_stays_with_the_strong_model(text: str) -> None:
    assert tier(text, earlier_tiers=("cloud",)) == "cloud"
    assert tier(text, earlier_tiers=("regional",)) == "regional"


def test_thanks_in_between_do_not_end_the_strong_models_part() -> None:
    assert tier("Thanks!", earlier_tiers=("cloud",)) == "regional"
    assert tier("and in Python?", earlier_tiers=("regional", "cloud")) == "cloud"
    assert tier("and in Python?", earlier_tiers=("regional", "regional", "cloud")) == "regional"


@pytest.mark.parametrize(
    "text",
    ["thanks, that helped!", "Vielen Dank!", "谢谢", "ありがとうございます", "Merci beaucoup !",
     "What is the capital of Peru?", "Wie sagt man Brot auf Englisch?"],
)  # fmt: skip
def test_chatter_and_simple_tasks_go_back_to_the_small_model(text: str) -> None:
    assert tier(text, earlier_tiers=("cloud",)) == "regional"


def test_thanks_with_a_question_are_a_follow_up() -> None:
    assert tier("Thanks! And why?", earlier_tiers=("cloud",)) == "cloud"


def test_attachments_and_a_long_history_go_to_the_strong_model() -> None:
    assert tier("What is this?", attachments=1) == "cloud"
    assert tier("And then?", history_chars=80_000) == "cloud"
    assert tier("And then?", history_chars=3_000, history_turns=4) == "regional"


@pytest.mark.parametrize(
    "link", ["https://example.com/a.py?x=1&y[0]=2", "www.example.com/print(x);/index.html#def"]
)
def test_a_link_is_not_read_as_code(link: str) -> None:
    assert classify(Question(link)).reasons == ()


@pytest.mark.parametrize(
    "text",
    ["What is the fastest plane in the world?", "Onde se compra pão integral?",
     "To też jest coś dobrego", "No quiero café sin azúcar, se me olvidó",
     "Was läuft heute Abend im Programm?", "Quem é o dono do cachorro que se perdeu?",
     "Ile kosztuje chleb?", "Сколько стоит хлеб в Москве?"],
)  # fmt: skip
def test_words_that_mean_something_else_in_another_language_are_no_sign(text: str) -> None:
    assert tier(text) == "regional"


@pytest.mark.parametrize(
    "text",
    ["Hey, can you recommend a good book about the history of Rome or Greece?",
     "Is it better to go to Italy in May or in September?",
     "How many days are there between 3 March and 10 May?", "Why is the sky blue?",
     "Please write an email to my teacher that my son is ill and can't come today.",
     "今天北京天气怎么样，要不要带伞？", "Warum miauen Katzen?", "¿Por qué maúllan los gatos?"],
)  # fmt: skip
def test_one_unsure_sign_is_not_enough(text: str) -> None:
    assert tier(text) == "regional"


def test_accents_case_and_width_make_no_difference() -> None:
    for plain, other in (
        ("Démontre que c'est vrai", "DEMONTRE QUE C'EST VRAI"),
        ("Prove it", "Ｐｒｏｖｅ　ｉｔ"),
        ("Démontre-le", "De\u0301montre-le"),
        ("أثبت أن", "اثبت ان"),
    ):
        assert classify(Question(plain)).reasons == classify(Question(other)).reasons


def test_a_verdict_can_be_kept_and_read_again() -> None:
    verdict = classify(Question("Prove step by step that `a.b(c);` is right: {x += 1;}"))
    kept = json.loads(json.dumps(verdict.as_json()))
    assert kept["tier"] == "cloud"
    assert kept["reasons"][0] == ["code", 3]
    assert described(kept["reasons"])[0] == "Contains program code (+3)"
    assert described([["of an earlier version", 1]]) == ["of an earlier version (+1)"]


def test_the_heaviest_reason_comes_first() -> None:
    verdict = Verdict.of([Reason("list", 1), Reason("code", 3), Reason("simple_task", -2)])
    assert [code for code, _ in verdict.reasons] == ["code", "simple_task", "list"]
    assert (verdict.score, verdict.tier) == (2, "regional")


def test_a_question_is_made_of_what_was_said() -> None:
    said = [
        Message(role="user", content="Hi"),
        Message(role="assistant", content="Hello!", source="regional"),
        Message(role="user", content="Prove it"),
        Message(role="assistant", content="", source=""),
        Message(role="assistant", content="So be it", source="cloud"),
        Message(role="user", content="why?"),
    ]
    made = question(said, attachments=1)
    assert made == Question("why?", 24, 5, 1, ("cloud", "regional"))
    assert classify(made).tier == "cloud"
