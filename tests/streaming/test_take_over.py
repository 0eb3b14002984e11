"""Who may write a reply's log after another worker took it over."""

import uuid

import pytest

from chat.models import Message
from config.catalogue import Model
from streaming import redis as keys
from streaming.chunks import Chunk, ChunkType, entry
from streaming.delivery import log
from streaming.delivery.log import Appended, Superseded
from streaming.delivery.publish import Publisher
from streaming.generation.asking import Asker
from streaming.generation.attempts import Attempt, so_far
from streaming.generation.ended import ended
from streaming.generation.stops import StopRequest
from streaming.generation.turn import Turn


class Log:
    """One reply's log, written by hand."""

    def __init__(self, redis: "keys.Redis") -> None:
        self.redis = redis
        self.ids = uuid.uuid4(), uuid.uuid4()

    async def append(self, seq: int, kind: ChunkType, content: str, writer: str) -> Appended:
        chunk = Chunk(*self.ids, seq, kind, content, {"provider": "p", "model": "m"})
        (done,) = await log.append(self.redis, [log.prepare(chunk, writer=writer)])
        return done

    async def take_over(self, attempt: int) -> None:
        await log.take_over(self.redis, *self.ids, attempt=attempt)

    async def kinds(self) -> list[str]:
        return [one["kind"] for one in await log.read_all(self.redis, self.ids[0])]


@pytest.fixture
async def made(redis_client: "keys.Redis") -> Log:
    begun = Log(redis_client)
    await begun.append(0, "start", "", "web")
    await begun.append(1, "token", "Once ", "first")
    return begun


async def test_the_earlier_writer_is_refused_and_the_later_goes_on(made: Log) -> None:
    await made.take_over(2)
    assert await made.append(2, "token", "zombie", "first") is Appended.REFUSED
    assert await made.append(3, "token", "upon", "second") is Appended.DONE
    said = so_far(await log.read_all(made.redis, made.ids[0]))
    assert (said.text, said.seams, said.speaker) == ("Once upon", [5], ("p", "m"))


async def test_an_earlier_attempt_does_not_pass_a_later_ones_fence(made: Log) -> None:
    await made.take_over(3)
    with pytest.raises(Superseded):
        await made.take_over(2)
    assert await made.kinds() == ["start", "token", "metadata"]


@pytest.mark.parametrize("closing", ["end", "error"])
async def test_nothing_follows_the_closing_chunk(made: Log, closing: ChunkType) -> None:
    await made.append(2, closing, "", "first")
    await made.take_over(2)
    assert await made.kinds() == ["start", "token", closing]


async def test_a_log_that_is_gone_is_not_begun_in_the_middle(redis_client: "keys.Redis") -> None:
    gone = Log(redis_client)
    await gone.take_over(2)
    assert await gone.kinds() == []
    assert await redis_client.exists(keys.log_key(gone.ids[0])) == 0


async def test_a_reset_voids_seams_with_the_text(made: Log) -> None:
    await made.take_over(2)
    await made.append(3, "reset", "", "second")
    await made.append(4, "token", "Again", "second")
    said = so_far(await log.read_all(made.redis, made.ids[0]))
    assert (said.text, said.seams) == ("Again", [])


async def test_what_an_earlier_version_said_is_given_and_nobodys_words(
    redis_client: "keys.Redis",
) -> None:
    begun = Log(redis_client)
    await begun.append(0, "start", "", "start")
    given = Chunk(*begun.ids, 1, "token", "Once ", {"seams": [2, 5]})
    await log.append(redis_client, [log.prepare(given, writer="start")])
    entries = await log.read_all(redis_client, begun.ids[0])
    assert Attempt(1, entries, stop_asked=False).is_first
    said = so_far(entries)
    assert (said.text, said.seams, said.speaker) == ("Once ", [2, 5], None)
    assert said.first_token_at is None
    # Where an attempt added nothing, the next one's seam is in the same place.
    await begun.take_over(2)
    await begun.append(3, "token", "upon", "second")
    entries = await log.read_all(redis_client, begun.ids[0])
    assert not Attempt(1, entries, stop_asked=False).is_first
    said = so_far(entries)
    assert (said.text, said.seams, said.speaker) == ("Once upon", [2, 5], ("p", "m"))


async def test_a_log_with_a_hole_is_not_gone_on_from(made: Log) -> None:
    async def attempt() -> Attempt:
        return Attempt(2, await log.read_all(made.redis, made.ids[0]), stop_asked=False)

    assert (await attempt()).is_whole
    await made.append(3, "token", "time", "first")
    assert not (await attempt()).is_whole


@pytest.mark.parametrize(
    ("seq", "resets"), [(2, 0), (3, 1)], ids=["the end is missing", "the middle is missing"]
)
async def test_a_log_is_brought_up_to_the_row_before_it_is_closed(
    made: Log, seq: int, resets: int
) -> None:
    await made.append(seq, "token", "upon", "first")
    await made.take_over(2)
    message_id, conversation_id = made.ids
    saved = Message(
        id=message_id,
        conversation_id=conversation_id,
        status=Message.Status.COMPLETE,
        content="Once upon a time",
    )
    attempt = Attempt(2, await log.read_all(made.redis, message_id), stop_asked=False)
    async with Publisher() as publisher:
        models = [Model("openai", "m", "cloud")]
        await Turn(publisher, Asker(), saved, [], models, attempt, StopRequest()).close(None)
    entries = await log.read_all(made.redis, message_id)
    assert so_far(entries).text == saved.content
    assert (await made.kinds()).count("reset") == resets
    assert entries[-1]["kind"] == "end"


@pytest.mark.parametrize("asked", ["stop", "give up"])
async def test_what_is_left_of_a_log_is_not_kept_as_what_was_said(made: Log, asked: str) -> None:
    await made.append(3, "token", "upon", "first")
    await made.take_over(2)
    message_id, conversation_id = made.ids
    reply = Message(
        id=message_id, conversation_id=conversation_id, status="processing",
        attempts=4 if asked == "give up" else 2,
    )  # fmt: skip
    entries = await log.read_all(made.redis, message_id)
    stop = StopRequest()
    if asked == "stop":
        stop.ask()
    async with Publisher() as publisher:
        models = [Model("openai", "m", "cloud")]
        begun = Attempt(2, entries, stop_asked=False)
        turn = Turn(publisher, Asker(), reply, [], models, begun, stop)
        finished = await turn.run_to_the_log()
    assert (finished.content, finished.status) == ("", "stopped" if asked == "stop" else "failed")
    assert so_far(await log.read_all(made.redis, message_id)).text == ""


async def test_a_row_is_not_saved_from_a_closed_log_with_a_hole(made: Log) -> None:
    metadata = {"status": "complete"}
    for seq, whole in ((2, True), (4, False)):
        end = Chunk(*made.ids, seq, "end", "", metadata)
        entries = [*await log.read_all(made.redis, made.ids[0]), entry(end)]
        finished = ended(Message(id=made.ids[0]), entries)
        assert finished.content == ("Once " if whole else "")
        assert finished.status == ("complete" if whole else "interrupted")
