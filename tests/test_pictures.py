"""`docs/pictures.md` shows every picture there is, each with words for who does not see it."""

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = (DOCS / "pictures.md").read_text()
TOTAL_BYTES_MAX = 3_000_000


def test_every_picture_is_shown_and_has_words() -> None:
    shown = re.findall(r'<img src="pictures/([\w-]+\.png)" width="\d+%" alt="([^"]+)">', PAGE)
    pictures = {path.name for path in (DOCS / "pictures").glob("*.png")}
    assert {name for name, _ in shown} == pictures
    assert len(shown) == len(pictures)


def test_the_readme_shows_pictures_that_exist() -> None:
    shown = re.findall(r"docs/pictures/[\w-]+\.png", (DOCS.parent / "README.md").read_text())
    assert shown
    for name in shown:
        assert (DOCS.parent / name).exists(), name


def test_all_together_are_small() -> None:
    total = sum(path.stat().st_size for path in (DOCS / "pictures").glob("*.png"))
    assert total < TOTAL_BYTES_MAX
