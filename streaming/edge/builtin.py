"""The instant answers that come with the project: one file per language in `words/`."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent / "words"


def read() -> Iterator[tuple[str, str, str]]:
    """Language, questions (one per line) and answer of each."""
    for path in sorted(FOLDER.glob("*.toml")):
        for one in tomllib.loads(path.read_text())["answers"]:
            yield path.stem, "\n".join(one["questions"]), one["answer"].strip()
