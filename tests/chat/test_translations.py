"""Every sentence is there in every language, complete and up to date.

What fails here is put right by `make translations`, and by writing what it lists.
"""

import io
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils import translation
from django.utils.translation import ngettext

from scripts import translations

ROOT = translations.ROOT
OTHERS = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")
# What people read besides the text of an element.
READ_ALOUD = {"title", "alt", "placeholder", "aria-label", "aria-description", "label", "content"}
# Tags around what is translated, and around what nobody reads.
SILENT = ("blocktranslate", "comment", "block body_class", "block thread_attributes")
SILENT_ENDS = ("endblocktranslate", "endcomment", "endblock")
# Names, which no language changes.
NAMES = {"Rivulet", "HTTP", "WebSocket", "/ws/chat/", "OpenAPI 3.1", "AsyncAPI 3"}


def po(language: str) -> Path:
    return translations.LOCALE / language / "LC_MESSAGES" / "django.po"


def forms(words: Any) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def sentences(catalog: Any) -> dict[tuple[str | None, str], Any]:
    return {(one.context, forms(one.id)[0]): one for one in catalog if one.id}


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_is_missing_in_any_language(language: str) -> None:
    collected = sentences(translations.collect())
    assert len(collected) > 200
    translated = sentences(translations.read(po(language)))
    assert collected.keys() - translated.keys() == set(), "run `make translations`"
    assert translated.keys() - collected.keys() == set(), "run `make translations`"
    assert translations.left(translations.read(po(language))) == []


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_the_same_in_every_language(language: str) -> None:
    for (_, words), one in sentences(translations.read(po(language))).items():
        for form in forms(one.string):
            assert set(PLACEHOLDER.findall(form)) == set(PLACEHOLDER.findall(words)), words


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_file_is_made_of_the_one_that_is_written(language: str) -> None:
    made = translations.compiled(translations.read(po(language)))
    kept = po(language).with_suffix(".mo").read_bytes()
    assert said_by(kept) == said_by(made), "run `make translations`"


def said_by(compiled: bytes) -> dict[object, str]:
    """Without the header, in which Babel signs."""
    catalog: dict[object, str] = vars(GNUTranslations(io.BytesIO(compiled)))["_catalog"]
    return {words: said for words, said in catalog.items() if words}


class Words(HTMLParser):
    """What a person would read in a piece of HTML: (where it stands, the words)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self._silent += tag in ("script", "style")
        for name, value in attrs:
            if name == "content" and known.get("name") != "description":
                continue
            if name in READ_ALOUD and value:
                self.found.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.found.append(("text", " ".join(data.split())))


def words_in(html: str) -> list[tuple[str, str]]:
    parser = Words()
    parser.feed(html)
    return parser.found


def bare(source: str) -> Iterator[str]:
    """A template without what its tags and variables make."""
    is_translated = False
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK:
            if token.contents.startswith(SILENT):
                is_translated = True
            elif token.contents.startswith(SILENT_ENDS):
                is_translated = False
        elif token.token_type == TokenType.TEXT and not is_translated:
            yield token.contents


def templates() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("name", templates())
def test_no_template_has_words_that_cannot_be_translated(name: str) -> None:
    html = "".join(bare((ROOT / name).read_text()))
    said = [words for _, words in words_in(html) if re.search(r"[^\W\d_]{2}", words)]
    assert [words for words in said if words.strip(" ·") not in NAMES] == []


def test_no_module_of_the_browser_has_words_of_its_own() -> None:
    """A sentence is known by its words: more than one, the first with a capital letter."""
    sentence = re.compile(r"""(["'`])([A-Z][a-z]+ [a-z][^"'`]*)\1""")
    for path in sorted((ROOT / "static/js").glob("*.js")):
        code = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.M)
        assert [found[1] for found in sentence.findall(code)] == [], path.name


def test_every_phrase_that_the_browser_says_is_in_the_page() -> None:
    page = (ROOT / "templates/chat/_phrases.html").read_text()
    there = {
        re.sub(r"-(\w)", lambda found: found[1].upper(), name)
        for name in re.findall(r"data-([\w-]+)=", page)
    }
    said: set[str] = set()
    for path in sorted((ROOT / "static/js").glob("*.js")):
        code = path.read_text()
        said |= set(re.findall(r'phrase\(\s*"(\w+)"', code))
        for name in re.findall(r'phraseFor\(\s*"(\w+)"', code):
            said.add(f"{name}Other")
    assert len(said) > 15
    assert said - there == set()


def test_german_has_a_plural() -> None:
    with translation.override("de"):
        found = [ngettext("%(n)s conversation", "%(n)s conversations", n) for n in (0, 1, 2)]
    assert found == ["%(n)s Unterhaltungen", "%(n)s Unterhaltung", "%(n)s Unterhaltungen"]
