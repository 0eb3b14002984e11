"""Stops a reply: from any tab and any instance, before or while it is made, any number of times.

The request is a mark in Redis, so that it outlives the worker that makes the reply: whoever
appends next to the log learns of it, and a message tells the workers at once.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from channels.db import database_sync_to_async
from django.db import transaction
from redis.exceptions import RedisError

from chat.access import access_reply
from chat.finish import Finished, finish
from chat.models import Conversation, Message, User
from chat.payloads import figures
from streaming import redis as keys
from streaming.chunks import Chunk
from streaming.delivery import log
from streaming.delivery.log import Appended
from streaming.intake.starting import WRITER, beginning_chunk

STOP_TTL_SECONDS = 6 * 3600

logger = logging.getLogger("rivulet.stop")


async def stop(user: User, message_id: uuid.UUID) -> None:
    """Stop this reply; nothing happens to one that has ended. Raises chat.access.NotFound."""
    reply = await database_sync_to_async(access_reply)(user, message_id)
    if reply.is_finished:
        return
    redis = keys.client()
    await redis.set(keys.stop_key(message_id), "1", ex=STOP_TTL_SECONDS)
    await redis.publish(keys.stop_channel(), str(message_id))
    # Where even the beginning of the log is gone Redis lost what was known: whoever settles the
    # reply finds the mark.
    if (
        not await redis.exists(keys.attempts_key(message_id))
        and (await log.tail(redis, message_id)).seq >= 0
    ):
        await _end_unbegun(reply)


async def _end_unbegun(reply: Message) -> None:
    """End a reply that no worker has begun.

    The log decides who was first: where a worker begins in this moment, one of the two is
    refused. So the end is appended before the row is saved; the job saves it otherwise.
    """
    now = datetime.now(UTC)
    reply.status = Message.Status.STOPPED
    reply.processing_time_ms = int((now - reply.created_at).total_seconds() * 1000)
    appends = []
    if beginning := beginning_chunk(reply):
        appends.append(log.prepare(beginning, writer=WRITER))
    seq = len(appends) + 1
    chunk = Chunk(reply.id, reply.conversation_id, seq, "end", "", figures(reply), now)
    *_, appended = await log.append(keys.client(), [*appends, log.prepare(chunk, writer="stop")])
    if appended is not Appended.REFUSED:
        ended = Finished(
            id=reply.id,
            attempt=reply.attempts,
            status=reply.status,
            content=reply.content,
            seams=reply.seams,
            finished_at=now,
            processing_time_ms=reply.processing_time_ms,
        )
        await database_sync_to_async(finish)([ended])


def stop_conversation(conversation: Conversation) -> None:
    """Stop what is still being made in a conversation that is marked as deleted.

    Its owner may bring it back: what was written so far is saved, as after any stop.
    """
    unfinished = conversation.messages.filter(
        role=Message.Role.ASSISTANT, status=Message.Status.PROCESSING
    )
    replies = list(unfinished.values_list("id", "status"))
    if replies:
        transaction.on_commit(lambda: _forget(replies))


def forget_conversation(conversation: Conversation) -> None:
    """Stop what is still being made in a conversation that is deleted, and drop its logs.

    Call it in the transaction that deletes. It acts when that is committed: told earlier, a
    worker would find the reply still there and end it as stopped.
    """
    replies = list(
        conversation.messages.filter(role=Message.Role.ASSISTANT).values_list("id", "status")
    )
    transaction.on_commit(lambda: _forget(replies))


def _forget(replies: Sequence[tuple[uuid.UUID, str]]) -> None:
    redis = keys.sync_client().pipeline(transaction=False)
    for message_id, status in replies:
        if status == Message.Status.PROCESSING:
            # The worker ends it, and closes its log for those who still look at it.
            redis.set(keys.stop_key(message_id), "1", ex=STOP_TTL_SECONDS)
            redis.publish(keys.stop_channel(), str(message_id))
        else:
            redis.unlink(keys.log_key(message_id))
    try:
        redis.execute()
    except RedisError as error:
        # Replies end by themselves, unsaved where there is no row, and logs expire.
        logger.warning("replies of a deleted conversation go on: %s", type(error).__name__)
