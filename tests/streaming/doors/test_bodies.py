"""What is told of a body or a query that is not meant for a door."""

from typing import Any
from unittest.mock import patch

import orjson
import pytest
from django.test import RequestFactory

from streaming.doors.api import bodies
from streaming.doors.api.bodies import MISTAKES_MAX, read_body
from streaming.doors.api.shapes import ChatRequest
from streaming.errors import BadFrame


@pytest.mark.parametrize(("count", "looks"), [(MISTAKES_MAX - 1, True), (MISTAKES_MAX, False)])
def test_thousands_of_mistakes_are_not_looked_at(count: int, looks: bool) -> None:
    fields = {f"field{index}": 0 for index in range(count)}
    request = RequestFactory().post("/", orjson.dumps(fields), content_type="application/json")
    told: Any = patch.object(bodies, "_told_first", return_value="The first one.")
    with told as first, pytest.raises(BadFrame):
        read_body(request, ChatRequest)
    assert first.called is looks
