"""Style sheets that consist of others: one file where static files are collected."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from config.sheets import joined

STATIC = Path(__file__).resolve().parents[2] / "static"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
HASHED_URL = re.compile(r'url\("?([^")]+\.[0-9a-f]{12}\.[a-z0-9]+)"?\)')


def of(**files: str) -> str | None:
    """Sheets by their names, ``__`` for a folder; the sheet ``main`` is joined."""
    named = {f"{name.replace('__', '/')}.css": text for name, text in files.items()}
    return joined("css/main.css", named.__getitem__)


def test_imports_are_put_where_they_stand() -> None:
    text = of(
        css__main='@import "a.css";\n@import url(parts/b.css);\nc {}\n',
        css__a="a {}\n",
        css__parts__b="b {}\n",
    )
    assert text is not None
    assert text.split() == ["a", "{}", "b", "{}", "c", "{}"]


def test_an_imported_sheet_may_import_others() -> None:
    text = of(
        css__main='@import "parts/b.css";',
        css__parts__b='@charset "utf-8";\n@import "../a.css";\nb {}',
        css__a="a {}",
    )
    assert text is not None
    assert text.split() == ["a", "{}", "b", "{}"]


def test_the_order_of_layers_stays_before_what_is_in_them() -> None:
    text = of(css__main='@layer x, y;\n@import "a.css";', css__a="@layer y { a {} }")
    assert text is not None
    assert text.startswith("@layer x, y;")


def test_comments_are_left_out_and_texts_and_licences_are_not() -> None:
    text = of(
        css__main='@import "a.css"; /* it\'s */',
        css__a='/*! MIT */ a::before { content: \'/* a */\' } /* "b */ b { content: "\\"/*" } /**/',
    )
    assert text is not None
    said = '/*! MIT */ a::before { content: \'/* a */\' } b { content: "\\"/*" }'
    assert " ".join(text.split()) == said


def test_pictures_are_found_from_the_sheet_that_is_left() -> None:
    text = of(
        css__main='@import "parts/b.css";',
        css__parts__b="b { src: url('../x.svg') } c { mask: url(#m) } d { src: url(data:x) }",
    )
    assert text is not None
    assert "url('x.svg')" in text
    assert "url(#m)" in text
    assert "url(data:x)" in text


@pytest.mark.parametrize(
    "statement",
    [
        '@import "a.css" print;',
        '@import url("a.css") layer(x);',
        '@import "https://example.org/a.css";',
        '/* @import "a.css"; */ b {}',
        'b {} @import "a.css";',
        "b {}",
    ],
)
def test_what_cannot_be_joined_is_left_as_it_is(statement: str) -> None:
    assert of(css__main=statement, css__a="a {}") is None


@pytest.mark.parametrize("imported", ["missing.css", "a.css"])
def test_a_wrong_import_is_no_sheet_without_it(imported: str) -> None:
    with pytest.raises(ValueError, match="css"):
        of(css__main=f'@import "{imported}";', css__a='@import "main.css";')


def test_collected_pages_have_one_sheet(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    storage = "config.static.HashedStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}
    call_command("collectstatic", interactive=False, verbosity=0)
    for name in ("chat", "card", "page", "reading", "common"):
        [sheet] = (tmp_path / "css").glob(f"{name}.????????????.css")
        text = sheet.read_text()
        assert "@import" not in text, name
        for part in parts(STATIC / "css" / f"{name}.css"):
            assert COMMENT.sub("", part.read_text()) in text, part
        assert "/*" not in text, name
        assert sheet.with_name(f"{sheet.name}.gz").exists()
    # What is not ours, and names files, still finds them.
    [maths] = (tmp_path / "vendor" / "temml").glob("temml.????????????.css")
    named = HASHED_URL.findall(maths.read_text())
    assert named
    assert all((maths.parent / each).exists() for each in named)


def parts(sheet: Path) -> list[Path]:
    """The sheets that it consists of, without those that only import others."""
    imported = re.findall(r'@import "([^"]+)"', sheet.read_text())
    if not imported:
        return [sheet]
    return [part for name in imported for part in parts(sheet.parent / name)]


def test_no_sheet_is_forgotten() -> None:
    entries = {path for path in (STATIC / "css").glob("*.css") if "@import" in path.read_text()}
    used = {part for entry in entries for part in parts(entry)}
    templates = "".join(path.read_text() for path in (STATIC.parent / "templates").rglob("*.html"))
    for sheet in (STATIC / "css" / "components").glob("*.css"):
        name = sheet.relative_to(STATIC).as_posix()
        assert sheet in used or f"'{name}'" in templates, name
