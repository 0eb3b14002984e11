"""The labelled prompts, and which part each belongs to."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).resolve().parent
PROMPTS = HERE / "prompts.jsonl"
# Long pasted texts are this passage, repeated: `{passage*60}`.
PASSAGES = re.compile(r"\{passage\*(\d+)\}")
PASSAGE = (HERE / "passage.txt").read_text(encoding="utf-8")

Part = Literal["tuning", "held_out"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt; prompts with the same ``pair`` say the same in several languages.

    ``is_typed``: written as people type, without care for spelling or for a clear task.
    """

    written: str
    is_complex: bool
    language: str
    kind: str
    pair: str
    is_typed: bool

    @property
    def part(self) -> Part:
        """By a hash that nothing but the words decide; translations stay on one side."""
        digest = hashlib.sha256((self.pair or self.written).encode()).digest()
        return "held_out" if digest[0] % 2 else "tuning"

    @property
    def text(self) -> str:
        """What is sent, with the passages in it."""
        return PASSAGES.sub(lambda found: (PASSAGE + "\n") * int(found[1]), self.written)


def read() -> list[Prompt]:
    """All of them, in the file's order."""
    rows = (json.loads(line) for line in PROMPTS.read_text(encoding="utf-8").splitlines())
    return [
        Prompt(
            written=row["text"],
            is_complex=row["label"] == "complex",
            language=row["language"],
            kind=row["kind"],
            pair=row.get("pair", ""),
            is_typed=row.get("typed", False),
        )
        for row in rows
    ]


def part(prompts: Sequence[Prompt], name: Part) -> list[Prompt]:
    """Those of one part."""
    return [prompt for prompt in prompts if prompt.part == name]
