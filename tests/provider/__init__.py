"""A stand-in for the model providers' HTTP servers, at the wire: what tests and benchmarks talk to.

In a test's own loop: ``async with MockProvider() as mock: ... mock.openai_url``.
In a process of its own: ``python -m tests.provider --port 0``, or ``with spawned() as url``.

What it answers is a `Plan`, read from a JSON object in the last user message
(``{"tokens": 50, "rate": 20, "fault": "cut", "at": 10}``) over the query of the model's name
(``mock?tokens=50&fault=cut``). `text_for` tells a test the whole text beforehand.
"""

from tests.provider.exchange import Record
from tests.provider.plan import Plan, plan_for
from tests.provider.process import spawned
from tests.provider.server import MockProvider
from tests.provider.text import STAMP, stamps_in, text_for, tokens_for, without_stamps

__all__ = [
    "STAMP",
    "MockProvider",
    "Plan",
    "Record",
    "plan_for",
    "spawned",
    "stamps_in",
    "text_for",
    "tokens_for",
    "without_stamps",
]
