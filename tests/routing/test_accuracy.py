"""How often routing is right; the bars are below what was measured, by a few prompts."""

from collections import Counter
from pathlib import Path

import pytest

from tests.routing.confusion import LANGUAGES, by_language, confusion, pairs, tables
from tests.routing.labelled import Prompt, part, read

PROMPTS = read()
HELD_OUT = part(PROMPTS, "held_out")
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "routing.md"

ACCURACY_MIN = 0.93
EACH_LABEL_MIN = 0.90
LANGUAGE_MIN = 0.80
LANGUAGES_APART_MAX = 0.20


def test_held_out_prompts_go_where_they_belong() -> None:
    print(tables())
    found = confusion(HELD_OUT)
    assert found.accuracy >= ACCURACY_MIN
    assert found.complex_found >= EACH_LABEL_MIN
    assert found.simple_found >= EACH_LABEL_MIN


@pytest.mark.parametrize("always", [True, False])
def test_a_judge_that_does_not_look_would_fail(always: bool) -> None:
    found = confusion(HELD_OUT, lambda text: always)
    assert found.accuracy < 0.6
    assert min(found.complex_found, found.simple_found) == 0


def test_a_judge_that_counts_characters_would_fail() -> None:
    best = max(
        confusion(HELD_OUT, lambda text, most=most: len(text) > most).accuracy  # type: ignore[misc]
        for most in range(10, 200, 5)
    )
    assert best < ACCURACY_MIN


def test_no_language_is_treated_worse() -> None:
    accuracies = {name: found.accuracy for name, found in by_language(HELD_OUT).items()}
    assert min(accuracies.values()) >= LANGUAGE_MIN, accuracies
    assert max(accuracies.values()) - min(accuracies.values()) <= LANGUAGES_APART_MAX, accuracies


def test_translations_get_the_same_verdict() -> None:
    wrong = pairs(PROMPTS)
    assert len(wrong) >= 16
    assert all(len(languages) <= 2 for languages in wrong.values()), wrong
    assert sum(map(len, wrong.values())) <= 0.03 * len(wrong) * len(LANGUAGES), wrong


def test_the_documented_figures_are_these() -> None:
    assert tables() in DOCUMENT.read_text(encoding="utf-8")
    assert f"has {len(PROMPTS)} prompts in {len(LANGUAGES)} languages" in DOCUMENT.read_text()


def test_the_set_is_balanced() -> None:
    by_label = Counter((prompt.language, prompt.is_complex) for prompt in PROMPTS)
    for language in LANGUAGES:
        simple, hard = by_label[language, False], by_label[language, True]
        assert simple + hard >= 24
        assert abs(simple - hard) <= 1
    assert set(LANGUAGES) == {prompt.language for prompt in PROMPTS}
    assert len({prompt.written for prompt in PROMPTS}) == len(PROMPTS)


def test_translations_stand_in_every_language_and_on_one_side() -> None:
    groups: dict[str, list[Prompt]] = {}
    for prompt in PROMPTS:
        groups.setdefault(prompt.pair, []).append(prompt)
    del groups[""]
    for group in groups.values():
        assert {prompt.language for prompt in group} == set(LANGUAGES)
        assert len({(prompt.part, prompt.is_complex) for prompt in group}) == 1
