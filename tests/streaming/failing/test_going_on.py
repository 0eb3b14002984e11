"""A text that was begun: who goes on with it, and where it is begun again."""

from typing import Any

import pytest

from chat.models import Message
from config.catalogue import Model
from streaming.chunks import text_of
from streaming.generation.attempts import so_far
from tests.provider import MockProvider, text_for
from tests.streaming.failing.scene import DOWN, QUESTION, WELL, Scene, model


async def begun(scene: Scene, text: str, speaker: Model) -> None:
    """A log in which an attempt died after these words."""
    await scene.append(0, "start", "")
    await scene.append(1, "token", text, provider=speaker.provider, model=speaker.name)


async def test_the_one_who_had_spoken_goes_on_though_it_is_not_the_first(
    mock: MockProvider,
) -> None:
    speaker = Model("local", WELL.name, "regional")
    whole = text_for(QUESTION, speaker.name)
    scene = Scene([model("tokens=3"), speaker])
    await begun(scene, whole[:12], speaker)
    finished = await scene.make(attempt=2)
    assert finished.content == text_of(scene.entries) == whole
    assert "reset" not in scene.kinds
    assert [one.model for one in mock.records] == [speaker.name]
    assert mock.records[0].prefix == whole[:12]


@pytest.mark.parametrize("plan", ["fault=status&status=500", "fault=silence"])
async def test_where_it_cannot_go_on_another_begins_again(
    mock: MockProvider, settings: Any, plan: str
) -> None:
    settings.CHAT_FIRST_TOKEN_TIMEOUT_SECONDS = 1.0
    speaker = model(plan, "local", "regional")
    scene = Scene([WELL, speaker])
    await begun(scene, "Once upon", speaker)
    finished = await scene.make(attempt=2)
    assert finished.content == text_of(scene.entries) == text_for(QUESTION, WELL.name)
    assert scene.kinds.count("reset") == 1
    assert finished.seams == []
    assert so_far(scene.entries).speaker == (WELL.provider, WELL.name)


async def test_a_rejected_beginning_is_begun_again_by_the_same_model(mock: MockProvider) -> None:
    speaker = model("tokens=9&seed=2&continues=0", "local", "regional")
    whole = text_for(QUESTION, speaker.name)
    scene = Scene([speaker, WELL])
    await begun(scene, whole[:12], speaker)
    finished = await scene.make(attempt=2)
    assert finished.content == text_of(scene.entries) == whole
    assert scene.kinds.count("reset") == 1
    assert {one.model for one in mock.records} == {speaker.name}


async def test_a_version_that_goes_on_falls_back_with_the_same_beginning(
    mock: MockProvider,
) -> None:
    scene = Scene([DOWN, WELL], beginning="Once upon a time")
    finished = await scene.make()
    assert finished.status == Message.Status.COMPLETE
    assert finished.content.startswith("Once upon a time")
    assert text_of(scene.entries) == finished.content
    assert "reset" not in scene.kinds
    asked = mock.records[-1].messages
    assert asked[-2]["content"] == "Once upon a time"


async def test_a_version_with_nothing_to_add_is_complete(mock: MockProvider) -> None:
    scene = Scene([model("tokens=0"), WELL], beginning="Once upon a time")
    finished = await scene.make()
    assert (finished.status, finished.content) == (Message.Status.COMPLETE, "Once upon a time")
    assert len(mock.records) == 1
