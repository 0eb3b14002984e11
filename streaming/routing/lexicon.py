"""The words that say what is asked for: one file per language in words/, all looked up at once.

Nobody says which language a message is in, and many mix two; so there is one index for all.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from streaming.routing.sample import IS_DENSE, WORD, Sample, fold

FOLDER = Path(__file__).resolve().parent / "words"
# `[strong]` words are a sign by themselves, `[weak]` ones need company.
STRENGTHS = ("strong", "weak")
PLAIN = ("constraint", "alternative", "easy", "polite")
CONCEPTS = (
    *("proof", "reasoning", "weighing", "planning"),
    *("design", "programming", "mathematics", "writing"),
)
STEM_CHARS_MIN = 3

# ("strong", "proof"), ("weak", "design"), ("constraint", "")
Kind = tuple[str, str]


@dataclass(slots=True)
class Index:
    """What to look for: whole words, stems by their first letters, phrases by their first word,
    and for dense scripts parts of words by their first sign."""

    words: dict[str, list[Kind]] = field(default_factory=dict)
    stems: dict[str, list[tuple[str, Kind]]] = field(default_factory=dict)
    phrases: dict[str, list[tuple[str, Kind]]] = field(default_factory=dict)
    parts: dict[str, list[tuple[frozenset[str], str, Kind]]] = field(default_factory=dict)

    def add(self, entry: str, kind: Kind) -> None:
        folded = fold(entry)
        if IS_DENSE.search(folded):
            self.parts.setdefault(folded[0], []).append((frozenset(folded), folded, kind))
            return
        words = WORD.findall(folded)
        is_stem = entry.endswith("*")
        if len(words) > 1:
            phrase = f" {' '.join(words)}{'' if is_stem else ' '}"
            self.phrases.setdefault(words[0], []).append((phrase, kind))
        elif is_stem:
            self.stems.setdefault(words[0][:STEM_CHARS_MIN], []).append((words[0], kind))
        else:
            self.words.setdefault(words[0], []).append(kind)

    def found(self, sample: Sample) -> dict[Kind, set[str]]:
        """What stands in the sample, by kind."""
        hits: dict[Kind, set[str]] = {}
        for entry, kind in self._found(sample):
            hits.setdefault(kind, set()).add(entry)
        return {kind: without_parts(entries) for kind, entries in hits.items()}

    def _found(self, sample: Sample) -> Iterator[tuple[str, Kind]]:
        words = set(sample.words)
        for word in words & self.words.keys():
            for kind in self.words[word]:
                yield word, kind
        for word in words:
            for stem, kind in self.stems.get(word[:STEM_CHARS_MIN], ()):
                if word.startswith(stem):
                    yield word, kind
        if heads := words & self.phrases.keys():
            line = f" {' '.join(sample.words)} "
            for head in heads:
                for phrase, kind in self.phrases[head]:
                    if phrase in line:
                        yield phrase.strip(), kind
        if not sample.folded.isascii():
            signs = frozenset(sample.folded)
            for first in signs & self.parts.keys():
                for needed, part, kind in self.parts[first]:
                    if needed <= signs and part in sample.folded:
                        yield part, kind


def without_parts(entries: set[str]) -> set[str]:
    """Each finding once: what stands inside another finding is no second one."""
    if len(entries) < 2:
        return entries
    return {one for one in entries if not any(one != other and one in other for other in entries)}


def entries(path: Path) -> Iterator[tuple[str, Kind]]:
    """Every entry of a language's file, as it is written."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    for name in PLAIN:
        for entry in tables[name]:
            yield entry, (name, "")
    for strength in STRENGTHS:
        for concept, listed in tables[strength].items():
            for entry in listed:
                yield entry, (strength, concept)


@cache
def index() -> Index:
    """All languages, read once."""
    built = Index()
    for path in sorted(FOLDER.glob("*.toml")):
        for entry, kind in entries(path):
            built.add(entry, kind)
    return built
