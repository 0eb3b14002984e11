"""The only door in: every message, by whichever protocol it came, is accepted here.

Steps: check the text, count it against the rate, write message and empty reply in one
transaction, append ``start`` (seq 0) to the log; then the message is acknowledged, and the job
queued. Messages of many people go through these steps together (see streaming/batch.py).

What is acknowledged will be answered: a process that dies before it has queued the job leaves a
row and a log that are found (intake/orphans.py), and one that leaves when it is told to finishes
what it is accepting. What is written but cannot be started is refused as busy and stays: to take
it back could take it from another instance that the same send has reached meanwhile. The repeated
send starts it.
"""

import asyncio
import logging
import uuid
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError, IntegrityError
from redis.exceptions import RedisError

from chat.accept import Accepted, Denied, Outcome, SignedOut, Submission, accept
from chat.models import Message
from chat.models.messages import CLIENT_ID_MAX_CHARS
from chat.payloads import message_payload
from chat.sessions import SignIn
from config.catalogue import Catalogue
from streaming import redis as keys
from streaming.batch import Batcher
from streaming.chunks import Chunk
from streaming.delivery import log
from streaming.errors import (
    BadFrame,
    Busy,
    EmptyMessage,
    MessageTooLong,
    NotFound,
    RateLimited,
    Refused,
)
from streaming.intake import jobs, limits
from streaming.intake.memory import was_never_begun
from streaming.retry import insist

# One thread writes for the whole process: the transactions are short, and SQLite has one
# writer anyway. A slow page in another thread does not hold up an acknowledgement.
_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="submit")
_accept = database_sync_to_async(accept, thread_sensitive=False, executor=_writer)

BUSY_RETRY_SECONDS = 2.0
ACKNOWLEDGE_FIRST_SECONDS = 0.001
# How long a repeated send waits for the first one to be started by whoever accepted it.
START_WAIT_SECONDS = 1.0
START_POLL_SECONDS = 0.02
# Tasks that nobody awaits are kept here until they end.
_queueing: set["asyncio.Task[None]"] = set()

logger = logging.getLogger("rivulet.submit")


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An accepted message; ``start`` is the acknowledgement chunk."""

    accepted: Accepted
    start: Chunk

    @property
    def reply(self) -> Message:
        return self.accepted.reply


async def submit(
    user_id: uuid.UUID,
    text: str,
    *,
    client_id: str,
    conversation_id: uuid.UUID | None = None,
    model: str = "",
    sign_in: SignIn | None = None,
) -> Acknowledged:
    """Accept one message.

    Raises Refused (nothing was kept), and SignedOut when ``sign_in`` holds no longer.
    """
    provider, name = choose(settings.CHAT_MODELS, model)
    submission = Submission(
        user_id=user_id,
        text=check_text(text),
        client_id=check_client_id(client_id),
        conversation_id=conversation_id,
        sign_in=sign_in,
        provider=provider,
        model=name,
    )
    return await _batcher()(submission)


def check_text(text: str) -> str:
    """The text as it will be kept. Raises EmptyMessage, MessageTooLong, BadFrame."""
    if not text.strip():
        raise EmptyMessage
    limit = settings.CHAT_MESSAGE_MAX_CHARS
    if len(text) > limit:
        raise MessageTooLong(
            f"The message has {len(text):,} characters; at most {limit:,} are accepted."
        )
    return check_storable(text)


def check_client_id(client_id: str) -> str:
    """Raises BadFrame."""
    if not 1 <= len(client_id) <= CLIENT_ID_MAX_CHARS:
        raise BadFrame(f"client_id must have 1 to {CLIENT_ID_MAX_CHARS} characters.")
    return check_storable(client_id)


def check_storable(text: str) -> str:
    """Raises BadFrame for what no database and no browser takes as text."""
    if "\x00" in text:
        raise BadFrame("The text contains a NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadFrame("The text contains half of a surrogate pair.") from None
    return text


def choose(catalogue: Catalogue, wanted: str) -> tuple[str, str]:
    """Provider and name of the model that was asked for, empty for "auto". Raises BadFrame."""
    if wanted in ("", "auto"):
        return "", ""
    for model in catalogue.models:
        if wanted in (str(model), model.name):
            return model.provider, model.name
    raise BadFrame("There is no such model.")


_batchers: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Batcher[Submission, Acknowledged]]"
_batchers = weakref.WeakKeyDictionary()


def _batcher() -> Batcher[Submission, Acknowledged]:
    loop = asyncio.get_running_loop()
    if loop not in _batchers:
        _batchers[loop] = Batcher("submit", _submit_together)
    return _batchers[loop]


async def finish() -> None:
    """Wait until what is being accepted is begun and queued, or refused.

    For whoever ends this process: a transaction is committed also when its socket has gone.
    """
    loop = asyncio.get_running_loop()
    if loop in _batchers:
        await _batchers[loop].rest()
    while queueing := [task for task in _queueing if task.get_loop() is loop]:
        await asyncio.wait(queueing)


async def _submit_together(submissions: list[Submission]) -> list[Acknowledged | Exception]:
    try:
        waits = await limits.take(keys.client(), [one.user_id for one in submissions])
    except RedisError as error:
        return [_busy(error)] * len(submissions)
    allowed = [one for one, wait in zip(submissions, waits, strict=True) if not wait]
    outcomes = iter(await _write(allowed))
    results: list[Acknowledged | Exception] = [
        RateLimited(retry_after=round(wait, 1)) if wait else _acknowledge(next(outcomes))
        for wait in waits
    ]
    acknowledged = [one for one in results if isinstance(one, Acknowledged)]
    try:
        await _start(acknowledged)
    except RedisError as error:
        return [_busy(error) if isinstance(one, Acknowledged) else one for one in results]
    return results


async def _write(submissions: list[Submission]) -> Sequence[Outcome | Exception]:
    if not submissions:
        return []
    try:
        outcomes: list[Outcome] = await _accept(submissions)
        return outcomes
    except IntegrityError:
        # Another process accepted one of them in this moment: each alone finds its own rows.
        return [await _write_alone(one) for one in submissions]
    except DatabaseError as error:
        return [_busy(error)] * len(submissions)


async def _write_alone(submission: Submission) -> Outcome | Exception:
    try:
        (outcome,) = await _accept([submission])
    except DatabaseError as error:
        return _busy(error)
    else:
        accepted: Outcome = outcome
        return accepted


def _acknowledge(outcome: Outcome | Exception) -> Acknowledged | Exception:
    if isinstance(outcome, Denied):
        return NotFound()
    if isinstance(outcome, (SignedOut, Refused)):
        return outcome
    assert isinstance(outcome, Accepted)
    return Acknowledged(outcome, start_chunk(outcome))


def start_chunk(accepted: Accepted) -> Chunk:
    """The acknowledgement, made from the rows: the same however often it is asked for."""
    reply = accepted.reply
    return Chunk(
        message_id=reply.id,
        conversation_id=reply.conversation_id,
        seq=0,
        chunk_type="start",
        metadata={
            "status": "processing",
            "client_id": accepted.question.client_id,
            "user_message_id": str(accepted.question.id),
        },
        timestamp=reply.created_at,
    )


async def begin_logs(accepted: Sequence[Accepted]) -> None:
    """Append ``start`` to the log of each reply; again is safe. Raises RedisError."""
    starts = [
        log.prepare(start_chunk(one), writer="start", question=_question_frame(one.question))
        for one in accepted
    ]
    await log.append(keys.client(), starts)


async def _start(acknowledged: list[Acknowledged]) -> None:
    new = [one for one in acknowledged if await _must_start(one.accepted)]
    if not new:
        return
    # The log's first entry comes before the job, or a quick worker would write before it.
    await begin_logs([one.accepted for one in new])
    task = asyncio.create_task(_queue([one.reply.id for one in new]), name="queue jobs")
    _queueing.add(task)
    task.add_done_callback(_queueing.discard)


async def _queue(reply_ids: list[uuid.UUID]) -> None:
    # The acknowledgements leave first: two hundred jobs take longer to queue than to tell.
    await asyncio.sleep(ACKNOWLEDGE_FIRST_SECONDS)
    try:
        await insist(lambda: jobs.enqueue(reply_ids), on=(RedisError, RuntimeError))
    except (RedisError, RuntimeError) as error:
        logger.error("left for the workers to find: %s", type(error).__name__)


async def _must_start(accepted: Accepted) -> bool:
    reply = accepted.reply
    if not accepted.repeated:
        return True
    if reply.is_finished:
        return False
    age = (datetime.now(UTC) - reply.created_at).total_seconds()
    if not await _is_started(reply, wait=START_WAIT_SECONDS - age):
        # Whoever accepted it has died, or was refused by Redis.
        return await was_never_begun(reply)
    # Or died before it queued the job. What a worker began is left alone.
    names = (keys.attempts_key(reply.id), keys.alive_key(reply.id))
    return age > settings.WORKER_LEASE_SECONDS and not await keys.client().exists(*names)


async def _is_started(reply: Message, *, wait: float) -> bool:
    """Whether the log has its beginning; looks for as many seconds more."""
    deadline = asyncio.get_running_loop().time() + wait
    while (await log.tail(keys.client(), reply.id)).seq < 0:
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(START_POLL_SECONDS)
    return True


def _question_frame(question: Message) -> str:
    return orjson.dumps({"type": "message", "message": message_payload(question)}).decode()


def _busy(error: Exception) -> Busy:
    logger.warning("a message was not accepted: %s", type(error).__name__)
    return Busy(detail=type(error).__name__, retry_after=BUSY_RETRY_SECONDS)
