"""Whether a reply is finished of which nothing is heard; who asks in the same moment asks together.

When all workers are away every reader asks, every two seconds.
"""

import uuid

from channels.db import database_sync_to_async

from chat.models import Message
from streaming.batch import Batcher
from streaming.intake.jobs import own_docket
from streaming.intake.orphans import look_after
from streaming.loops import OfLoop

_load = OfLoop(lambda: Batcher("silent replies", _load_together))


async def is_finished(message_id: uuid.UUID) -> bool:
    """Also true for a message that is no more: there is nothing to wait for.

    A reader is who needs an orphan settled, and asks here while there is nothing to read. Raises
    DatabaseError and RedisError.
    """
    reply = await _load()(message_id)
    if reply is None or reply.is_finished:
        return True
    await look_after(await own_docket(), reply)
    return False


async def _load_together(message_ids: list[uuid.UUID]) -> list[Message | Exception | None]:
    found = await database_sync_to_async(Message.objects.in_bulk)(set(message_ids))
    return [found.get(message_id) for message_id in message_ids]
