"""Which tier a question is put to: the words in, the tier and its reasons out."""

from streaming.routing.question import Question, question
from streaming.routing.scoring import classify
from streaming.routing.verdict import THRESHOLD, Reason, Verdict, described

__all__ = ["THRESHOLD", "Question", "Reason", "Verdict", "classify", "described", "question"]
