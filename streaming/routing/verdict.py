"""What was decided and why, as it is kept with a reply and shown to staff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

Chosen = Literal["regional", "cloud"]
# One sign that is sure by itself, or two that are not.
THRESHOLD = 3

# One sentence for every code there is; kept verdicts name the codes, so none is ever reused.
LABELS: dict[str, str | Promise] = {
    "alternatives": _("Names alternatives"),
    "attachments": _("Files are attached"),
    "code": _("Contains program code"),
    "design": _("Asks for a design"),
    "detailed": _("Goes into detail"),
    "error_output": _("Contains a program's error message"),
    "figures": _("Gives several figures"),
    "follow_up": _("Goes on with what the strong model answered"),
    "formula": _("Contains formulas"),
    "list": _("Lists several items"),
    "long_context": _("The conversation so far is long"),
    "long_message": _("The message is long"),
    "mathematics": _("Speaks of mathematics"),
    "planning": _("Asks for a plan"),
    "programming": _("Speaks of programming"),
    "proof": _("Asks for a proof or derivation"),
    "reasoning": _("Asks for reasons or steps"),
    "several_constraints": _("Sets several conditions"),
    "several_questions": _("Asks several questions"),
    "simple_task": _("Names a simple task, such as a translation"),
    "weighing": _("Asks to compare or judge"),
    "writing": _("Asks for a longer text"),
}


class Reason(NamedTuple):
    """A sign that was found; a negative weight speaks for the regional tier."""

    code: str
    weight: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The tier, and the reasons whose weights add up to the score."""

    tier: Chosen
    score: int
    reasons: tuple[Reason, ...]

    @classmethod
    def of(cls, reasons: Iterable[Reason]) -> "Verdict":
        """The verdict that these reasons give; the heaviest stand first."""
        kept = sorted(reasons, key=lambda reason: (-abs(reason.weight), reason.code))
        score = sum(reason.weight for reason in kept)
        return cls("cloud" if score >= THRESHOLD else "regional", score, tuple(kept))

    def as_json(self) -> dict[str, Any]:
        """What a JSON field keeps: ``{"tier", "score", "reasons": [[code, weight], …]}``."""
        reasons = [[reason.code, reason.weight] for reason in self.reasons]
        return {"tier": self.tier, "score": self.score, "reasons": reasons}


def described(reasons: Iterable[Sequence[Any]]) -> list[str]:
    """The reasons in words, also those that came back from JSON; unknown codes as they are."""
    return [f"{LABELS.get(code, code)} ({weight:+d})" for code, weight in reasons]


def in_words(kept: dict[str, Any]) -> list[str]:
    """A kept verdict for staff: the person's wish, the tier, then the reasons."""
    said = []
    if wanted := kept.get("wanted"):
        said.append(gettext("Chosen by the person: {model}").format(model=wanted))
    if pinned := kept.get("pinned"):
        # The points are those of a question that was not asked.
        return [*said, gettext("Set for the assistant: {tier}").format(tier=pinned)]
    if tier := kept.get("tier"):
        sentence = gettext("Tier {tier}: {score} points, {threshold} are needed for cloud")
        said.append(sentence.format(tier=tier, score=kept.get("score"), threshold=THRESHOLD))
    return said + described(kept.get("reasons", ()))
