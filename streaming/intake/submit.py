"""The only door in: every message, by whichever protocol it came, is accepted here.

Steps: check the text, count it against the rate, look whether its answer is there already, write
message and reply in one transaction, append ``start`` (seq 0) to the log; then the message is
acknowledged, and the job queued. A reply that has its answer needs none: its whole log is appended
at once. Messages of many people go through these steps together (see streaming/batch.py).

What is acknowledged will be answered: a process that dies before it has queued the job leaves a
row and a log that are found (intake/orphans.py), and one that leaves when it is told to finishes
what it is accepting. What is written but cannot be started is refused as busy and stays: to take
it back could take it from another instance that the same send has reached meanwhile. The repeated
send starts it.
"""

import asyncio
import logging
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError, IntegrityError
from redis.exceptions import RedisError

from chat.accept import accept
from chat.beginnings import Beginning
from chat.budgets import OverBudget
from chat.models import Message
from chat.sessions import SignIn
from chat.submissions import (
    Accepted,
    Denied,
    Outcome,
    Place,
    SignedOut,
    Submission,
    TooManyReplies,
    Unfinished,
    Whole,
)
from streaming import redis as keys
from streaming.batch import Batcher
from streaming.chunks import Chunk
from streaming.delivery import log, shelf
from streaming.edge.at_once import AtOnce
from streaming.errors import TOO_MANY_REPLIES, BadFrame, Busy, NotFound, RateLimited, Refused
from streaming.errors import Unfinished as StillUnfinished
from streaming.intake import jobs, limits
from streaming.intake.budget import costs_of, exceeded
from streaming.intake.checks import check_client_id, check_text, choose
from streaming.intake.starting import first_appends, must_start, start_chunk
from streaming.loops import OfLoop
from streaming.retry import insist

# One thread writes for the whole process: the transactions are short, and SQLite has one
# writer anyway. A slow page in another thread does not hold up an acknowledgement.
_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="submit")
_accept = database_sync_to_async(accept, thread_sensitive=False, executor=_writer)
_at_once = AtOnce(_writer)

BUSY_RETRY_SECONDS = 2.0
REPLIES_RETRY_SECONDS = 5.0
ACKNOWLEDGE_FIRST_SECONDS = 0.001
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
    after: uuid.UUID | Place = Place.END,
    model: str = "",
    assistant_id: uuid.UUID | None = None,
    context: Mapping[str, Any] | None = None,
    sign_in: SignIn | None = None,
    address: str = "",
    beginning: Beginning | None = None,
) -> Acknowledged:
    """Accept one message.

    With ``after`` it becomes another version of what was said after that reply. A ``model`` that
    is named, "auto" too, is what the conversation goes on with. A new conversation belongs to
    the assistant that is named, else to the default one, or with a ``beginning`` to none;
    ``context`` is sanitised (chat/context.py). Raises Refused (nothing was kept), and SignedOut
    when ``sign_in`` holds no longer.
    """
    provider, name = await choose(settings.CHAT_MODELS, model)
    costs, can_be_free = costs_of(provider, name)
    submission = Submission(
        user_id=user_id,
        costs=costs,
        can_be_free=can_be_free,
        text=check_text(text),
        client_id=check_client_id(client_id),
        conversation_id=conversation_id,
        sign_in=sign_in,
        provider=provider,
        model=name,
        remembers=bool(model),
        after=after,
        assistant_id=assistant_id,
        context=context or {},
        address=address,
        beginning=beginning,
    )
    return await _batcher()(submission)


async def submit_again(
    user_id: uuid.UUID,
    reply_id: uuid.UUID,
    *,
    client_id: str,
    goes_on: bool = False,
    model: str = "",
    sign_in: SignIn | None = None,
    address: str = "",
) -> Acknowledged:
    """Accept the wish for another version of a reply.

    With ``goes_on`` it begins with the text of the one that broke off. Raises as `submit` does.
    """
    provider, name = await choose(settings.CHAT_MODELS, model)
    costs, can_be_free = costs_of(provider, name)
    submission = Submission(
        user_id=user_id,
        costs=costs,
        can_be_free=can_be_free,
        text="",
        client_id=check_client_id(client_id),
        sign_in=sign_in,
        provider=provider,
        model=name,
        remembers=bool(model),
        again=reply_id,
        goes_on=goes_on,
        address=address,
    )
    return await _batcher()(submission)


_batcher = OfLoop(lambda: Batcher("submit", _submit_together))


async def finish() -> None:
    """Wait until what is being accepted is begun and queued, or refused.

    For whoever ends this process: a transaction is committed also when its socket has gone.
    """
    if batcher := _batcher.made():
        await batcher.rest()
    loop = asyncio.get_running_loop()
    while queueing := [task for task in _queueing if task.get_loop() is loop]:
        await asyncio.wait(queueing)


async def _submit_together(submissions: list[Submission]) -> list[Acknowledged | Exception]:
    knowing = asyncio.create_task(_at_once.may_know(submissions), name="known answers")
    try:
        waits = await limits.take(keys.client(), [limits.of(one) for one in submissions])
    except RedisError as error:
        return [_busy(error)] * len(submissions)
    finally:
        # Meanwhile, for each way to Redis and back is a part of every acknowledgement.
        known = await knowing
    allowed = [number for number, wait in enumerate(waits) if not wait]
    looked = await _at_once.look(
        [submissions[number] for number in allowed], [known[number] for number in allowed]
    )
    outcomes = iter(await _write(looked))
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
    if isinstance(outcome, OverBudget):
        return exceeded(outcome)
    if isinstance(outcome, Denied):
        return NotFound()
    if isinstance(outcome, Unfinished):
        return StillUnfinished()
    if isinstance(outcome, TooManyReplies):
        return RateLimited(TOO_MANY_REPLIES, retry_after=REPLIES_RETRY_SECONDS)
    if isinstance(outcome, Whole):
        return BadFrame("There is nothing to go on with: that answer is complete, or empty.")
    if isinstance(outcome, (SignedOut, Refused)):
        return outcome
    assert isinstance(outcome, Accepted)
    return Acknowledged(outcome, start_chunk(outcome))


async def _start(acknowledged: list[Acknowledged]) -> None:
    first = {one.reply.id: one for one in acknowledged if not one.accepted.repeated}
    # Sent twice in the same moment: it is being started right here.
    repeated = {one.reply.id: one for one in acknowledged if one.reply.id not in first}
    new = [*first.values()]
    new += [one for one in repeated.values() if await must_start(one.accepted)]
    if not new:
        return
    # The log's first entry comes before the job, or a quick worker would write before it.
    appends = [each for one in new for each in first_appends(one.accepted)]
    await log.append(keys.client(), appends)
    task = asyncio.create_task(_go_on([one.accepted for one in new]), name="queue jobs")
    _queueing.add(task)
    task.add_done_callback(_queueing.discard)


async def _go_on(accepted: list[Accepted]) -> None:
    # The acknowledgements leave first: two hundred jobs take longer to queue than to tell.
    await asyncio.sleep(ACKNOWLEDGE_FIRST_SECONDS)
    if to_make := [one.reply.id for one in accepted if not one.reply.is_finished]:
        try:
            await insist(lambda: jobs.enqueue(to_make), on=(RedisError, RuntimeError))
        except (RedisError, RuntimeError) as error:
            logger.error("left for the workers to find: %s", type(error).__name__)
    if said := [one.reply for one in accepted if one.reply.is_finished]:
        await _at_once.count(said)
    await shelf.show_all([one.conversation for one in accepted if not one.conversation.passes_at])


def _busy(error: Exception) -> Busy:
    logger.warning("a message was not accepted: %s", type(error).__name__)
    return Busy(detail=type(error).__name__, retry_after=BUSY_RETRY_SECONDS)
