"""One WebSocket: frames in, frames out. What they mean is decided elsewhere."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import HASH_SESSION_KEY
from django.db import DatabaseError
from redis.exceptions import RedisError

from chat.access import NotFound as NoAccess
from chat.access import access_conversation, access_reply
from chat.context import ZONE_COOKIE, sanitised
from chat.models import Conversation, User
from chat.payloads import conversation_payload
from chat.sessions import SignIn, still_valid
from chat.submissions import SignedOut
from streaming.addresses import counted
from streaming.background import end_all
from streaming.doors import frames
from streaming.doors.admission import Place, admit
from streaming.doors.api.errors import Failed
from streaming.doors.floods import refuse
from streaming.doors.following import Following
from streaming.doors.languages import language_of
from streaming.doors.sockets import sockets
from streaming.doors.telling import Native, Telling, Whole, refusal_frame
from streaming.errors import Busy, NotFound, RateLimited, Refused
from streaming.intake.select import select
from streaming.intake.stop import stop
from streaming.intake.submit import Acknowledged, submit, submit_again
from streaming.redis import person_group

CLOSE_SIGNED_OUT = 4003
CLOSE_FLOOD = 4008
# Of frames that wait while an earlier one is handled: who sends need not read.
INBOX_FRAMES = 64
INBOX_CHARS = 4 * frames.FRAME_CHARS_MAX
# So many refused frames in so many seconds are a flood.
FLOOD_FRAMES = 30
FLOOD_SECONDS = 10.0

logger = logging.getLogger("rivulet.socket")


class ChatConsumer(AsyncWebsocketConsumer):
    """One socket of one signed-in person, following any number of conversations.

    Three kinds of tasks: Channels' own puts frames into the inbox and never waits; one handles
    them in order; one per followed reply sends it, as fast as the client reads. Chunks come
    directly from the channel layer.
    """

    user: User
    sign_in: SignIn
    # Of the page that opened it, by its cookie; another choice loads the page anew.
    language: str
    zone: str
    # What it counts under; empty: not counted by address.
    address: str
    # What an older client asks for beside the native one (streaming/doors/pam.py).
    subprotocol: str | None = None

    def __init__(self) -> None:
        super().__init__()
        self._following: Following | None = None
        self._inbox: asyncio.Queue[str | None] = asyncio.Queue(INBOX_FRAMES)
        self._inbox_chars = 0
        self._commands: asyncio.Task[None] | None = None
        self._refused: deque[float] = deque(maxlen=FLOOD_FRAMES)
        self._place: Place | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        except RedisError as error:
            # Raised where this socket gets a channel of its own; the client comes again.
            logger.warning("a socket was not opened: %s", type(error).__name__)
            await send({"type": "websocket.close"})
        finally:
            # A server that kills an application does not call `disconnect`.
            await self._leave()

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels visits the database's thread before every handler, all sockets one thread;
        # receiving only puts the frame into the inbox.
        if message["type"] == "websocket.receive":
            await self.websocket_receive(message)
        else:
            await super().dispatch(message)

    async def connect(self) -> None:
        user = self.scope["user"]
        if not user.is_authenticated or sockets.draining:
            await self.close()
            return
        self.address = counted((self.scope["client"] or [""])[0])
        try:
            self._place = await admit("socket", user_id=user.id, address=self.address)
        except RateLimited as refused:
            await refuse(self.scope, self.base_send, refused)
            return
        session = self.scope["session"]
        self.user = user
        self.sign_in = SignIn(user.id, session.session_key, session.get(HASH_SESSION_KEY, ""))
        self.language = language_of(self.scope)
        self.zone = self.scope.get("cookies", {}).get(ZONE_COOKIE, "")
        self._following = self._new_following()
        self.channel_layer.listen(self.channel_name, self._following.hear)
        self._commands = asyncio.create_task(self._handle_frames(), name="frames of a socket")
        await self.accept(self.subprotocol)
        sockets.add(self)
        await self._hear_of_conversations()

    def _new_following(self) -> Following:
        return Following(self.channel_layer, self.channel_name, self.send, self.language)

    async def _hear_of_conversations(self) -> None:
        # What becomes of this person's conversations, whichever page does it.
        await self.channel_layer.group_add(person_group(self.user.id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        chars = self._inbox_chars + len(text_data or "")
        if self._inbox.full() or chars > INBOX_CHARS:
            await self.close(CLOSE_FLOOD)
        else:
            self._inbox_chars = chars
            self._inbox.put_nowait(text_data)

    async def _handle_frames(self) -> None:
        while True:
            text = await self._inbox.get()
            self._inbox_chars -= len(text or "")
            raw: dict[str, Any] = {}
            try:
                raw = frames.decode(text)
                await self._handle(self._parse(raw))
            except SignedOut:
                await self.close(CLOSE_SIGNED_OUT)
            except Refused as error:
                await self._refuse(error, raw)
            except NoAccess:
                await self._refuse(NotFound(), raw)
            except (DatabaseError, RedisError, TimeoutError) as error:
                logger.warning("a frame was not handled: %s", type(error).__name__)
                await self._refuse(Busy(retry_after=2), raw)
            except Exception as error:
                logger.error("a frame was not handled: %s", type(error).__name__)
                await self._refuse(Failed(), raw)

    def _parse(self, raw: dict[str, Any]) -> frames.Frame:
        return frames.parse(raw)

    async def _handle(self, frame: frames.Frame) -> None:
        match frame:
            case frames.Chat():
                await self._chat(frame)
            case frames.Regenerate() | frames.Continue():
                await self._again(frame)
            case frames.Select():
                await self._check_signed_in()
                await self._send(await select(self.user, frame.message_id))
            case frames.Open():
                await self._open(frame)
            case frames.Resume():
                await self._resume(frame)
            case frames.Stop():
                await self._check_signed_in()
                await stop(self.user, frame.message_id)
            case frames.Ping():
                await self.send('{"type":"pong"}')

    async def _chat(self, frame: frames.Chat) -> None:
        await self._start(
            submit(
                self.user.id,
                frame.message,
                client_id=frame.client_id,
                conversation_id=frame.conversation_id,
                after=frame.after,
                model=frame.model,
                assistant_id=frame.assistant_id,
                context=self._context_of(frame),
                sign_in=self.sign_in,
                address=self.address,
            ),
            stream=frame.stream,
        )

    def _context_of(self, frame: frames.Chat) -> dict[str, Any]:
        """What is kept with a message of what the app tells."""
        return {**sanitised(frame.context, language=self.language, time_zone=self.zone)}

    async def _again(self, frame: frames.Regenerate | frames.Continue) -> None:
        await self._start(
            submit_again(
                self.user.id,
                frame.message_id,
                client_id=frame.client_id,
                goes_on=isinstance(frame, frames.Continue),
                model=frame.model if isinstance(frame, frames.Regenerate) else "",
                sign_in=self.sign_in,
                address=self.address,
            )
        )

    async def _start(self, submitting: Awaitable[Acknowledged], *, stream: bool = True) -> None:
        following = self._following
        assert following is not None
        with following.holding():
            acknowledged = await submitting
            telling = self._telling(acknowledged, stream=stream)
            await telling.begin(acknowledged.start)
            reply, accepted = acknowledged.reply, acknowledged.accepted
            await following.join(reply.conversation_id)
            following.knows(reply.conversation_id, reply.id)
            if not following.follows(reply.id):
                following.follow(reply.id, reply.conversation_id, after=0, telling=telling)
        if accepted.is_new_conversation:
            await self._tell_new(accepted.conversation)

    def _telling(self, acknowledged: Acknowledged, *, stream: bool) -> Telling:
        return (Native if stream else Whole)(self.send, self.language)

    async def _tell_new(self, conversation: Conversation) -> None:
        payload = conversation_payload(conversation)
        await self._send({"type": "conversation", "conversation": payload})

    async def _open(self, frame: frames.Open) -> None:
        following = self._following
        assert following is not None
        await self._check_signed_in()
        await database_sync_to_async(access_conversation)(self.user, frame.conversation_id)
        with following.holding():
            await following.join(frame.conversation_id)
            await following.catch_up(frame.conversation_id, frame.after)

    async def _resume(self, frame: frames.Resume) -> None:
        following = self._following
        assert following is not None
        await self._check_signed_in()
        reply = await database_sync_to_async(access_reply)(self.user, frame.message_id)
        with following.holding():
            await following.join(reply.conversation_id)
            following.follow(reply.id, reply.conversation_id, after=frame.after)

    async def _check_signed_in(self) -> None:
        if not await database_sync_to_async(still_valid)([self.sign_in]):
            raise SignedOut

    async def _refuse(self, error: Refused, raw: dict[str, Any]) -> None:
        await self._send(self._refusal(error, raw))
        now = time.monotonic()
        self._refused.append(now)
        if len(self._refused) == FLOOD_FRAMES and now - self._refused[0] < FLOOD_SECONDS:
            await self.close(CLOSE_FLOOD)

    def _refusal(self, error: Refused, raw: dict[str, Any]) -> dict[str, Any]:
        return refusal_frame(error, raw, self.language)

    async def _send(self, frame: dict[str, Any]) -> None:
        await self.send(orjson.dumps(frame).decode())

    @property
    def following(self) -> Following | None:
        """What this socket follows; None when it is closed."""
        return self._following

    async def drain(self) -> None:
        """Tell the client that this instance is going away; the server closes the socket."""
        await self.send('{"type":"draining"}')

    async def sign_out(self) -> None:
        """The session has ended: nothing more is sent."""
        # First, whatever Redis does: leaving groups may take longer than there is time for.
        await self.close(CLOSE_SIGNED_OUT)
        if self._following is not None:
            await self._following.close()

    async def _leave(self) -> None:
        sockets.open.discard(self)
        if self._place is not None:
            self._place.release()
        if self._commands is not None:
            await end_all([self._commands])
        if self._following is not None:
            self.channel_layer.listen(self.channel_name, None)
            with contextlib.suppress(RedisError):
                await self.channel_layer.group_discard(
                    person_group(self.user.id), self.channel_name
                )
            await self._following.close()
            self._following = None
