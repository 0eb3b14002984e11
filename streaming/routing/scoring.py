"""How the signs add up to a verdict."""

from collections.abc import Iterator

from streaming.routing import structure
from streaming.routing.lexicon import CONCEPTS, Kind, index
from streaming.routing.question import Question
from streaming.routing.sample import WORD, Sample, sample, size_of
from streaming.routing.verdict import Reason, Verdict

# Words from which on a message is long, a page or two, and more than small models keep in view.
LONG_WORDS = ((2000, 5), (700, 3), (90, 2))
# A question of one clause is shorter than the last of these.
DETAILED_WORDS = ((25, 2), (10, 1))
# Characters of what was said before, and turns.
LONG_HISTORY_CHARS = ((60_000, 3), (16_000, 1))
LONG_HISTORY_TURNS = 30
# A message of so few words says nothing without the one before: "why?", "and in Python?"
FRAGMENT_WORDS = 8


def classify(question: Question) -> Verdict:
    """The tier that is to answer. Any string will do, of any length; never raises."""
    return Verdict.of(reason for reason in _reasons(question) if reason.weight)


def _reasons(question: Question) -> Iterator[Reason]:
    looked_at = sample(question.text)
    hits = index().found(looked_at)
    size = _size_without_politeness(looked_at, hits)
    yield Reason("attachments", 3 if question.attachments else 0)
    has_code = structure.code(looked_at)
    yield Reason("code", has_code)
    yield Reason("error_output", structure.error_output(looked_at))
    yield Reason("formula", structure.formula(looked_at))
    yield Reason("figures", structure.figures(looked_at))
    yield Reason("list", structure.items(looked_at))
    yield Reason("several_questions", structure.questions(looked_at))
    for concept in CONCEPTS:
        yield Reason(concept, _asked_for(concept, hits))
    # "Tea or coffee?": where somebody weighs, this says nothing new.
    has_choice = ("alternative", "") in hits and not _asked_for("weighing", hits)
    yield Reason("alternatives", int(has_choice))
    yield Reason("several_constraints", _constraints(hits))
    yield Reason("simple_task", -2 if ("easy", "") in hits and not has_code else 0)
    long = _step(size, LONG_WORDS)
    yield Reason("long_message", long)
    yield Reason("detailed", 0 if long else _step(size, DETAILED_WORDS))
    yield Reason("long_context", _history(question))
    is_chatter = ("polite", "") in hits and size <= looked_at.size / 2 and "?" not in looked_at.raw
    yield Reason("follow_up", 0 if is_chatter else _follow_up(question, size))


def _size_without_politeness(looked_at: Sample, hits: dict[Kind, set[str]]) -> float:
    """Asking kindly makes a question longer, not harder."""
    line = f" {' '.join(looked_at.words)} "
    polite = 0.0
    for phrase in hits.get(("polite", ""), ()):
        words = WORD.findall(phrase)
        polite += size_of(phrase, words) * max(line.count(f" {phrase} "), 1)
    return max(looked_at.size - polite, 0)


def _asked_for(concept: str, hits: dict[Kind, set[str]]) -> int:
    """3 for a sure sign or two that are not, 2 for one that is not."""
    if ("strong", concept) in hits:
        return 3
    weak = len(hits.get(("weak", concept), ()))
    return min(weak, 2) + 1 if weak else 0


def _constraints(hits: dict[Kind, set[str]]) -> int:
    """3 for three conditions or more, 2 for two; one is what most questions have."""
    count = min(len(hits.get(("constraint", ""), ())), 3)
    return count if count > 1 else 0


def _step(value: float, steps: tuple[tuple[int, int], ...]) -> int:
    return next((weight for least, weight in steps if value >= least), 0)


def _history(question: Question) -> int:
    turns = int(question.history_turns >= LONG_HISTORY_TURNS)
    return max(_step(question.history_chars, LONG_HISTORY_CHARS), turns)


def _follow_up(question: Question, size: float) -> int:
    """3 where the strong model has the floor: a question in between does not take it away."""
    reach = 2 if size <= FRAGMENT_WORDS else 1
    return 3 if "cloud" in question.earlier_tiers[:reach] else 0
