"""The files of words: complete, and no word means two things."""

from pathlib import Path

import pytest

from streaming.routing.lexicon import CONCEPTS, FOLDER, PLAIN, Kind, entries
from streaming.routing.sample import fold
from tests.routing.confusion import LANGUAGES

FILES = sorted(FOLDER.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_language_has_words_for_everything(path: Path) -> None:
    kinds = {kind for _, kind in entries(path)}
    wanted = {(name, "") for name in PLAIN} | {("strong", concept) for concept in CONCEPTS}
    assert {concept for _, concept in kinds} <= {"", *CONCEPTS}
    if path.stem != "any":
        assert wanted <= kinds


def test_every_tested_language_has_a_file() -> None:
    assert {path.stem for path in FILES} == {*LANGUAGES, "any"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_entry_stands_twice_in_a_language(path: Path) -> None:
    folded = [(fold(entry), kind[1]) for entry, kind in entries(path)]
    assert len(folded) == len(set(folded))


def test_no_word_is_sure_in_one_language_and_unsure_in_another() -> None:
    meant: dict[tuple[str, str], dict[str, set[str]]] = {}
    for path in FILES:
        for entry, (strength, concept) in entries(path):
            if concept:
                found = meant.setdefault((fold(entry), concept), {})
                found.setdefault(strength, set()).add(path.stem)
    assert {key: found for key, found in meant.items() if len(found) > 1} == {}


def test_what_is_easy_or_polite_is_nowhere_a_sign_of_difficulty() -> None:
    meant: dict[str, set[Kind]] = {}
    for path in FILES:
        for entry, kind in entries(path):
            meant.setdefault(fold(entry), set()).add(kind)
    for entry, kinds in meant.items():
        names = {name for name, _ in kinds}
        assert len(names - {"constraint"}) < 2 or names <= {"strong", "weak"}, (entry, kinds)
