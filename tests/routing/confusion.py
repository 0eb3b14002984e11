"""`python -m tests.routing.confusion`: how often routing is right, as docs/routing.md says it."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streaming.routing import Question, classify
from tests.routing.labelled import Prompt, part, read

Judge = Callable[[str], bool]
LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "pt": "Portuguese",
    "it": "Italian",
    "pl": "Polish",
    "tr": "Turkish",
    "ru": "Russian",
    "ar": "Arabic",
    "hi": "Hindi",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
}


def is_complex(text: str) -> bool:
    """What the classifier says of a message that begins a conversation."""
    return classify(Question(text)).tier == "cloud"


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many prompts of each label went to each tier."""

    right_complex: int
    missed: int
    right_simple: int
    wasted: int

    @property
    def count(self) -> int:
        return self.right_complex + self.missed + self.right_simple + self.wasted

    @property
    def accuracy(self) -> float:
        return (self.right_complex + self.right_simple) / self.count

    @property
    def complex_found(self) -> float:
        return self.right_complex / (self.right_complex + self.missed)

    @property
    def simple_found(self) -> float:
        return self.right_simple / (self.right_simple + self.wasted)


def confusion(prompts: Sequence[Prompt], judge: Judge = is_complex) -> Confusion:
    """Count the judge's verdicts."""
    said = [(prompt.is_complex, judge(prompt.text)) for prompt in prompts]
    return Confusion(
        right_complex=said.count((True, True)),
        missed=said.count((True, False)),
        right_simple=said.count((False, False)),
        wasted=said.count((False, True)),
    )


def by_language(prompts: Sequence[Prompt]) -> dict[str, Confusion]:
    """One count per language, in the order of LANGUAGES."""
    return {
        language: confusion([prompt for prompt in prompts if prompt.language == language])
        for language in LANGUAGES
    }


def pairs(prompts: Sequence[Prompt]) -> dict[str, list[str]]:
    """For each question that stands in every language, the languages in which it is misjudged."""
    found: dict[str, list[str]] = {}
    for prompt in prompts:
        if prompt.pair:
            wrong = found.setdefault(prompt.pair, [])
            if is_complex(prompt.text) != prompt.is_complex:
                wrong.append(prompt.language)
    return found


def tables() -> str:
    """Markdown, as it stands in the documentation."""
    prompts = read()
    held_out, tuning = part(prompts, "held_out"), part(prompts, "tuning")
    lines = [
        "| | complex, to cloud | complex, to regional | simple, to regional | simple, to cloud "
        "| right |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, some in (
        ("held-out", held_out),
        ("held-out, as people type", [prompt for prompt in held_out if prompt.is_typed]),
        ("tuning", tuning),
        ("tuning, as people type", [prompt for prompt in tuning if prompt.is_typed]),
    ):
        c = confusion(some)
        lines.append(
            f"| {name} | {c.right_complex} | {c.missed} | {c.right_simple} | {c.wasted} "
            f"| {c.accuracy:.1%} |"
        )
    lines += [
        "",
        "| language | held-out | right | tuning | right |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    tuned = by_language(tuning)
    for language, c in by_language(held_out).items():
        t = tuned[language]
        lines.append(
            f"| {LANGUAGES[language]} | {c.count} | {c.accuracy:.0%} "
            f"| {t.count} | {t.accuracy:.0%} |"
        )
    accuracies = [c.accuracy for c in by_language(held_out).values()]
    asked = pairs(prompts)
    wrong = sum(map(len, asked.values()))
    total = len(asked) * len(LANGUAGES)
    lines += [
        "",
        f"Between the best and the worst language of the held-out part lie "
        f"{(max(accuracies) - min(accuracies)) * 100:.0f} points. Of the {len(asked)} questions "
        f"that stand in all {len(LANGUAGES)} languages, {total - wrong} of {total} are judged as "
        f"they should be, and {sum(not languages for languages in asked.values())} of "
        f"{len(asked)} in every language.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{tables()}\n")
