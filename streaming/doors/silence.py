"""Whether a reply is finished of which nothing is heard; who asks in the same moment asks together.

When all workers are away every reader asks, every two seconds.
"""

import asyncio
import uuid
import weakref

from channels.db import database_sync_to_async

from chat.models import Message
from streaming.batch import Batcher
from streaming.intake.jobs import own_docket
from streaming.intake.orphans import look_after

_batchers: (
    "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Batcher[uuid.UUID, Message | None]]"
)
_batchers = weakref.WeakKeyDictionary()


async def is_finished(message_id: uuid.UUID) -> bool:
    """Also true for a message that is no more: there is nothing to wait for.

    A reader is who needs an orphan settled, and asks here while there is nothing to read. Raises
    DatabaseError and RedisError.
    """
    loop = asyncio.get_running_loop()
    if loop not in _batchers:
        _batchers[loop] = Batcher("silent replies", _load_together)
    reply = await _batchers[loop](message_id)
    if reply is None or reply.is_finished:
        return True
    await look_after(await own_docket(), reply)
    return False


async def _load_together(message_ids: list[uuid.UUID]) -> list[Message | Exception | None]:
    found = await database_sync_to_async(Message.objects.in_bulk)(set(message_ids))
    return [found.get(message_id) for message_id in message_ids]
