"""Messages that tell the mock provider what to do."""

import json
import uuid


def plan(**words: object) -> str:
    """A message with this plan; its marker makes it this test's own, and no cache knows it."""
    return json.dumps({"marker": uuid.uuid4().hex, **words})
