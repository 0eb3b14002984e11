"""Each row of the table of failures, with either provider first, in either tier."""

import socket
from pathlib import Path
from typing import Any

import orjson
import pytest

from chat.models import Message
from config.catalogue import Model
from streaming.chunks import text_of
from streaming.circuits import states
from streaming.failures import RULES, Effect
from streaming.generation.attempts import so_far
from tests.provider import MockProvider, text_for
from tests.streaming.failing.scene import QUESTION, Scene, tried
from tests.streaming.failing.table import ROWS, SAID, Row, markdown

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/when-providers-fail.md"
ORDERS = [
    (("anthropic", "cloud"), ("openai", "regional")),
    (("openai", "regional"), ("anthropic", "cloud")),
]
rows = pytest.mark.parametrize("row", ROWS, ids=str)
orders = pytest.mark.parametrize(
    "order", ORDERS, ids=["anthropic in the cloud first", "openai in the region first"]
)
Order = tuple[tuple[str, Any], tuple[str, Any]]


@pytest.fixture
def first(row: Row, order: Order, mock: MockProvider, settings: Any) -> Model:
    """The model that does what the row says."""
    for name, value in row.settings.items():
        setattr(settings, name, value)
    provider, tier = order[0]
    if not row.listens:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
            setattr(settings, f"{provider.upper()}_BASE_URL", address)
    return Model(provider, f"mock?{row.query}", tier)


@orders
@rows
async def test_another_model_answers_or_is_not_asked(
    row: Row, order: Order, first: Model, mock: MockProvider
) -> None:
    provider, tier = order[1]
    second = Model(provider, "mock?tokens=7&seed=2", tier)
    scene = Scene([first, second])
    finished = await scene.make()
    said = so_far(scene.entries)
    assert text_of(scene.entries) == finished.content == said.text
    assert "reset" not in scene.kinds
    if row.asks_another:
        assert finished.status == Message.Status.COMPLETE
        assert finished.content == text_for(QUESTION, second.name)
        assert (finished.provider, finished.source) == (provider, tier)
        assert said.speaker == (provider, second.name)
        assert tried(finished) == [(first.provider, row.kind), (provider, "")]
        assert [one.protocol for one in mock.records][-1] == provider
    else:
        check_alone(row, first, finished)
        assert {one.protocol for one in mock.records} == {first.provider}


@orders
@rows
async def test_where_nobody_else_answers_it_is_told(
    row: Row, order: Order, first: Model, mock: MockProvider
) -> None:
    scene = Scene([first])
    finished = await scene.make()
    check_alone(row, first, finished)
    end = orjson.loads(scene.entries[-1]["frame"])
    if row.kind is None:
        assert end["chunk_type"] == "end"
        return
    assert end["chunk_type"] == "error"
    assert end["metadata"]["code"] == row.code
    assert end["metadata"]["retryable"] == (row.code != "provider_rejected")
    retry_after = row.plan.get("retry_after")
    assert end["metadata"].get("retry_after") == (float(retry_after) if retry_after else None)
    assert end["metadata"]["tried"][0]["code"] == row.code
    assert "detail" not in end["metadata"]["tried"][0]
    check_circuit(row, first)


def check_alone(row: Row, model: Model, finished: Any) -> None:
    assert (finished.provider, finished.model) == (model.provider, model.name)
    assert len(finished.tries) == 1
    if row.kind is None:
        assert finished.status == Message.Status.COMPLETE
        assert finished.content == text_for(QUESTION, model.name)
        return
    assert finished.status == Message.Status.FAILED
    assert finished.error_code == row.code
    assert finished.tries[0]["kind"] == row.kind
    whole = text_for(QUESTION, model.name)
    if not row.said:
        assert finished.content == ""
    elif row.plan.get("fault") == "cut" or "fault" not in row.plan:
        # A reset may throw away what the network has not delivered yet.
        assert whole.startswith(finished.content)
        assert finished.content
    else:
        assert finished.content == text_for(QUESTION, model.name, upto=SAID)


def check_circuit(row: Row, model: Model) -> None:
    assert row.kind is not None
    (state,) = states([str(model)])
    if row.effect == Effect.NONE:
        assert (state.name, state.failures) == ("closed", 0)
    elif row.effect == Effect.COUNTS:
        assert (state.name, state.failures) == ("closed", 1)
    else:
        assert state.name == "open"
        assert state.kind == row.kind
        assert state.seconds > (200 if RULES[row.kind].effect is Effect.LONG else 20)


def test_the_documentation_holds_the_same_table() -> None:
    assert markdown(ROWS) in DOCUMENT.read_text(), "python -m tests.streaming.failing.table"
