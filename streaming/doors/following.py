"""What one socket follows: conversations through their groups, replies through their logs."""

import asyncio
import contextlib
import logging
import uuid
from collections import deque
from collections.abc import Iterator
from typing import Any

import orjson
from channels.db import database_sync_to_async
from django.utils import translation
from redis.exceptions import RedisError

from chat.history import ALONE, Versions, news, versions_of
from chat.models import Message
from streaming.background import end_all
from streaming.chunks import Entry, closing_of_deleted
from streaming.chunks import entry as entry_of
from streaming.delivery.follow import Follow, LogLost
from streaming.delivery.tell import Told
from streaming.doors.silence import is_finished
from streaming.doors.telling import Native, Send, Telling, message_frame
from streaming.errors import Busy
from streaming.intake.select import select_frame
from streaming.redis import conversation_group

# The least recently used conversation is left when there is one more.
CONVERSATIONS_MAX = 50
REPLIES_MAX = 100
# Replies that ended on this socket: a late repetition of their chunks starts nothing.
ENDED_KEPT = 200
# What was told and waits for a slow reader; the oldest give way.
TOLD_MAX = 50

logger = logging.getLogger("rivulet.socket")


def _load(message_id: uuid.UUID) -> tuple[Message, Versions] | None:
    message = Message.objects.filter(id=message_id).first()
    return None if message is None else (message, versions_of(message))


_saved = database_sync_to_async(_load)
_news = database_sync_to_async(news)


class Following:
    """Owns a task per followed reply; `close` ends them all.

    ``only_own``: nothing is sent of what was not asked for on this socket.
    """

    def __init__(
        self, layer: Any, channel_name: str, send: Send, language: str, *, only_own: bool = False
    ) -> None:
        self._layer = layer
        self._channel_name = channel_name
        self._send = send
        # Named wherever a sentence goes out: what is heard comes in the layer's task, which
        # speaks no language of its own.
        self._language = language
        self._only_own = only_own
        # Each conversation, and its newest message that the client knows of.
        self._newest: dict[uuid.UUID, uuid.UUID | None] = {}
        self._follows: dict[str, Follow] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._ended: deque[str] = deque(maxlen=ENDED_KEPT)
        self._holding = 0
        self._held: list[Entry] = []
        self._told: deque[str] = deque(maxlen=TOLD_MAX)
        self._telling: asyncio.Task[None] | None = None

    async def join(self, conversation_id: uuid.UUID) -> None:
        """Hear of this conversation from now on; the person's right to it was checked."""
        if conversation_id in self._newest:
            # The newest last: the first is left when there are too many.
            self._newest[conversation_id] = self._newest.pop(conversation_id)
            return
        await self._layer.group_add(conversation_group(conversation_id), self._channel_name)
        self._newest[conversation_id] = None
        if len(self._newest) > CONVERSATIONS_MAX:
            await self._leave(next(iter(self._newest)))

    async def _leave(self, conversation_id: uuid.UUID) -> None:
        # The end of a session and that of its socket may both be at it.
        self._newest.pop(conversation_id, None)
        await self._layer.group_discard(conversation_group(conversation_id), self._channel_name)

    @property
    def conversations(self) -> list[uuid.UUID]:
        """The conversations that are listened to."""
        return list(self._newest)

    def knows(self, conversation_id: uuid.UUID, message_id: uuid.UUID | None) -> None:
        """Note the newest message that the client has, or is about to get."""
        if conversation_id in self._newest:
            self._newest[conversation_id] = message_id

    async def show_newest(self, conversation_id: uuid.UUID, message_id: uuid.UUID) -> None:
        """This is the conversation's newest message: send what the group never brought."""
        known = self._newest.get(conversation_id)
        if known in (None, message_id) or self._holding:
            return
        if str(message_id) in self._follows or str(message_id) in self._ended:
            self.knows(conversation_id, message_id)
        else:
            logger.info("conversation %s: went on unheard", conversation_id)
            await self.catch_up(conversation_id, known)

    async def catch_up(self, conversation_id: uuid.UUID, after: uuid.UUID | None) -> None:
        """Send what was said after this message (nothing without one), follow what is unfinished.

        Join the conversation first: what comes in between is heard.
        """
        missed = await _news(conversation_id, after)
        self.knows(conversation_id, missed.tip_id)
        if missed.has_moved:
            moved = select_frame(conversation_id, missed.tip_id, missed.fork_id, missed.tip_id)
            await self._send(orjson.dumps(moved).decode())
        for message in missed.later.messages:
            if message.is_finished:
                versions = missed.later.versions.get(message.id, ALONE)
                await self._send(self._message_frame(message, versions))
        for message_id in missed.unfinished:
            # It may have ended here while the database was asked.
            if not self.follows(message_id) and str(message_id) not in self._ended:
                self.follow(message_id, conversation_id, after=-1, with_question=True)

    def hear(self, entry: Entry | Told) -> None:
        """Take what a group brought; never waits."""
        if entry["type"] == "conversation.told":
            if not self._only_own:
                self._pass_on(entry["frame"])
        else:
            self._hear_chunk(entry)

    def _pass_on(self, frame: str) -> None:
        told = orjson.loads(frame)
        if told["type"] == "select" and told["tip_id"]:
            self.knows(uuid.UUID(told["conversation_id"]), uuid.UUID(told["tip_id"]))
        self._told.append(frame)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._send_told(), name="pass on what is told")

    async def _send_told(self) -> None:
        try:
            while self._told:
                await self._send(self._told.popleft())
        except Exception as error:
            # A socket that is closing; its page looks again when it is back.
            logger.info("what was told was not passed on: %s", type(error).__name__)

    def _hear_chunk(self, entry: Entry) -> None:
        follow = self._follows.get(entry["message_id"])
        if follow is not None:
            follow.offer(entry)
        elif self._holding:
            self._held.append(entry)
        elif self._only_own:
            return
        elif entry["message_id"] not in self._ended and len(self._follows) < REPLIES_MAX:
            # A reply to a message that was sent elsewhere.
            conversation_id = orjson.loads(entry["frame"])["conversation_id"]
            self.follow(
                uuid.UUID(entry["message_id"]),
                uuid.UUID(conversation_id),
                after=-1,
                with_question=True,
            )

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Keep back chunks of unknown replies: one of them may be this socket's own."""
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
            if not self._holding:
                held, self._held = self._held, []
                for entry in held:
                    self._hear_chunk(entry)

    def follows(self, message_id: uuid.UUID) -> bool:
        return str(message_id) in self._follows

    def follow(
        self,
        message_id: uuid.UUID,
        conversation_id: uuid.UUID,
        *,
        after: int,
        with_question: bool = False,
        telling: Telling | None = None,
    ) -> None:
        """Send what comes after this cursor, then live. Following again starts anew there.

        ``with_question`` also sends the message that is being answered; ``telling`` puts it into
        frames, if others than the native ones.
        """
        key = str(message_id)
        if task := self._tasks.pop(key, None):
            task.cancel()
        elif len(self._follows) >= REPLIES_MAX:
            raise Busy("Too many replies are followed on this connection.")
        follow = self._follows[key] = Follow(message_id, after, is_finished=is_finished)
        self._tasks[key] = asyncio.create_task(
            self._run(
                follow,
                conversation_id,
                telling or Native(self._send, self._language),
                with_question=with_question,
            ),
            name=f"follow {key}",
        )

    async def _run(
        self, follow: Follow, conversation_id: uuid.UUID, telling: Telling, *, with_question: bool
    ) -> None:
        key = str(follow.message_id)
        try:
            async for entry in follow:
                if self._follows.get(key) is not follow:
                    # Another began in its place, and the cancellation was lost (`end_all`).
                    return
                if with_question and "question" in entry:
                    await self._send(entry["question"])
                await telling.chunk(entry)
            self._ended.append(key)
        except LogLost:
            await self._send_saved(follow, conversation_id, telling)
            self._ended.append(key)
        except Exception as error:
            # What the group brings next begins anew, from the log.
            logger.error("following %s broke off: %s", key, type(error).__name__)
            with contextlib.suppress(Exception):
                await telling.broke_off()
        finally:
            telling.close()
            if self._follows.get(key) is follow:
                del self._follows[key]
                self._tasks.pop(key, None)

    async def _send_saved(
        self, follow: Follow, conversation_id: uuid.UUID, telling: Telling
    ) -> None:
        found = await _saved(follow.message_id)
        if found is not None:
            await telling.saved(*found)
        else:
            # A worker would close the log in the same way, once it comes to it.
            closing = closing_of_deleted(follow.message_id, conversation_id, follow.cursor + 1)
            await telling.chunk(entry_of(closing))

    def _message_frame(self, message: Message, versions: Versions) -> str:
        with translation.override(self._language):
            return message_frame(message, versions)

    async def close(self) -> None:
        """Follow nothing any more."""
        await end_all([*self._tasks.values(), *filter(None, [self._telling])])
        for conversation_id in self.conversations:
            with contextlib.suppress(RedisError):
                await self._leave(conversation_id)
