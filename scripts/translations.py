"""Collects every sentence of the project, and compiles what translators wrote.

    python -m scripts.translations            locale/*/LC_MESSAGES/django.po and .mo
    python -m scripts.translations xx         the same, with a new language

Babel instead of GNU gettext, which not every machine has. A sentence that is new or has changed
stands in the .po without a translation, or marked as fuzzy with an old one: both are the
translator's to fill in, and tests/chat/test_translations.py fails until then.
"""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
PACKAGES = ("chat", "config", "streaming")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
COMMENT = "Translators:"
HEADER = "# What Rivulet says. `make translations` collects and compiles it."

Sentence = tuple[str, str | tuple[str, ...], list[str], str | None]


def collect() -> Any:
    """A Babel catalog of every sentence in Python and in templates."""
    from babel.messages.catalog import Catalog

    catalog = Catalog(charset="utf-8")
    for path, words, comments, context in [*_in_python(), *_in_templates()]:
        catalog.add(words, locations=[(path, 0)], auto_comments=comments, context=context)
    return catalog


def _in_python() -> Iterator[Sentence]:
    from babel.messages.extract import extract

    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            with path.open("rb") as source:
                found = extract("python", source, KEYWORDS, [COMMENT], strip_comment_tags=True)
                for _line, words, comments, context in found:
                    yield str(path.relative_to(ROOT)), words, comments, context


def _in_templates() -> Iterator[Sentence]:
    from django.template import Context, Template
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode
    from django.utils.translation import trim_whitespace

    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = str(path.relative_to(ROOT))
        nodes: Any = Template(path.read_text()).nodelist
        for node in nodes.get_nodes_by_type(TranslateNode):
            words = node.filter_expression.var.literal
            # A variable is translated where its value comes from.
            if isinstance(words, str):
                # As Django looks it up.
                yield name, words.replace("%", "%%"), [], _context(node, Context())
        for node in nodes.get_nodes_by_type(BlockTranslateNode):
            forms = [
                node.render_token_list(part)[0] for part in (node.singular, node.plural) if part
            ]
            if node.trimmed:
                forms = [trim_whitespace(form) for form in forms]
            words = (forms[0], forms[1]) if len(forms) == 2 else forms[0]
            yield name, words, [], _context(node, Context())


def _context(node: Any, context: Any) -> str | None:
    return node.message_context.resolve(context) if node.message_context else None


def read(path: Path) -> Any:
    """The catalog in a .po file."""
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def compiled(catalog: Any) -> bytes:
    """The .mo file of a catalog."""
    from babel.messages.mofile import write_mo

    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def write(language: str) -> None:
    """Bring a language's files up to date; say what is left to translate."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog = read(path) if path.exists() else Catalog(locale=language, fuzzy=False)
    catalog.header_comment = HEADER
    catalog.project, catalog.version = "Rivulet", "1"
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    catalog.update(collect(), update_creation_date=False)
    # What is said nowhere any more.
    catalog.obsolete.clear()
    text = io.BytesIO()
    # Without numbers of lines, which change with every edit.
    write_po(text, catalog, sort_output=True, include_lineno=False, width=100)
    path.write_bytes(text.getvalue())
    path.with_suffix(".mo").write_bytes(compiled(catalog))
    for words in left(catalog):
        print(f"{path.relative_to(ROOT)}: to translate: {words}")


def left(catalog: Any) -> list[str]:
    """The sentences that have no translation, or one that may not fit any more."""
    return [
        str(message.id)
        for message in catalog
        if message.id and (message.fuzzy or not _is_translated(message))
    ]


def _is_translated(message: Any) -> bool:
    return all(message.string) if message.pluralizable else bool(message.string)


def main(new: list[str]) -> None:
    import django

    os.environ.setdefault("SECRET_KEY", "nothing is signed here")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    LOCALE.mkdir(exist_ok=True)
    for language in sorted({*(each.name for each in LOCALE.iterdir()), *new}):
        write(language)


if __name__ == "__main__":
    main(sys.argv[1:])
