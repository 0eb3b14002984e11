"""Who answers: the tier that a question is put to, the models that may, and as which assistant.

The tier needs nothing but the words; the rest (`route.py`, `persona.py`) is made from the rows.
"""

from streaming.routing.question import Question, question
from streaming.routing.scoring import classify
from streaming.routing.verdict import THRESHOLD, Reason, Verdict, described

__all__ = ["THRESHOLD", "Question", "Reason", "Verdict", "classify", "described", "question"]
