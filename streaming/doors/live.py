"""A conversation's page that ends when its answer does: for browsers without JavaScript.

The page down to the last question goes out at once; then the answer's text as it is made, read
by the same follower as by every other reader; then the finished answer and the rest of the page.
Nothing that was sent can be taken back: what replaces an earlier part hides it (`live.css`).
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from html import escape
from typing import Any, cast

import orjson
from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from chat import markdown
from chat.access import NotFound, access_conversation
from chat.models import User
from chat.sessions import SignIn
from streaming import redis as keys
from streaming.background import end_all
from streaming.chunks import CLOSING, Entry
from streaming.delivery.follow import Follow, LogLost
from streaming.doors.following import Following, is_finished
from streaming.doors.growing import GrowingText
from streaming.doors.hearing import hearing
from streaming.doors.live_page import BrokenOff, LivePage
from streaming.doors.sockets import sockets

# Shorter than any proxy waits for the next byte.
HEARTBEAT_SECONDS = 15.0
HEARTBEAT = "<!-- -->"
# A page is not held open for ever; its reader may ask for it again.
PAGE_SECONDS_MAX = 900.0
# So many of one person's in one process; the oldest gives way.
PAGES_MAX = 20
# The part of WEB_DRAIN_SECONDS that an answer may still take when its web process leaves.
DRAIN_SHARE = 0.7
# An answer's closing chunk may be ahead of its row.
SAVED_SECONDS = 5.0
SAVED_STEP_SECONDS = 0.1
PING_SECONDS = 3.0
# A longer block is shown as the text that it is, until the end.
BLOCK_MAX_CHARS = 20_000

logger = logging.getLogger("rivulet.live")


@require_safe
@login_required
async def live(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponseBase:
    """The page, held open while its first unfinished answer is made."""
    user = cast(User, await request.auser())
    page, head = await _begin(request, user, conversation_id)
    if page.reply_id is None:
        return HttpResponseRedirect(reverse("conversation", args=[conversation_id]))
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse()
    else:
        session = request.session
        auth_hash = await session.aget(HASH_SESSION_KEY, "")
        sign_in = SignIn(user.id, session.session_key or "", auth_hash)
        response = LiveResponse(Reading(page, head, sign_in).parts())
    # Not compressed: a compressor would keep the beginning of every piece.
    response["Cache-Control"] = "private, no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _begun(request: HttpRequest, user: User, conversation_id: uuid.UUID) -> tuple[LivePage, str]:
    try:
        page = LivePage(request, access_conversation(user, conversation_id))
    except NotFound:
        raise Http404 from None
    return page, page.before() if page.reply_id and request.method != "HEAD" else ""


_begin = database_sync_to_async(_begun)


class LiveResponse(StreamingHttpResponse):
    """Ends what it is made of at once when its reader leaves."""

    def __init__(self, parts: AsyncGenerator[str, None]) -> None:
        super().__init__(parts)
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(self._parts) as parts:
            async for part in parts:
                yield self.make_bytes(part)


class Reading:
    """One reader's page, from its first byte to its last.

    One of this process' sockets, for they all must hear when it leaves or the session ends.
    """

    following: Following | None = None

    def __init__(self, page: LivePage, head: str, sign_in: SignIn) -> None:
        assert page.reply_id is not None
        self.sign_in = sign_in
        self._page = page
        self._head = head
        self._reply_id = page.reply_id
        self._follow = Follow(page.reply_id, -1, is_finished=is_finished)
        self._text = GrowingText()
        self._broken_off: asyncio.Future[BrokenOff] = asyncio.get_running_loop().create_future()

    async def drain(self) -> None:
        """The web process leaves: most answers come to their end before it."""
        self._break_off_in(settings.WEB_DRAIN_SECONDS * DRAIN_SHARE, BrokenOff.LEAVING)

    async def sign_out(self) -> None:
        """The session has ended."""
        self._break_off(BrokenOff.SIGNED_OUT)

    def _break_off(self, reason: BrokenOff) -> None:
        if not self._broken_off.done():
            self._broken_off.set_result(reason)

    def _break_off_in(self, seconds: float, reason: BrokenOff) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self._break_off, reason)

    def _make_room(self) -> None:
        """Let go of this person's oldest page where there are too many."""
        held = _held.setdefault(self.sign_in.user_id, [])
        held.append(self)
        if len(held) > PAGES_MAX:
            held.pop(0)._break_off(BrokenOff.TOO_LONG)

    def _give_room(self) -> None:
        held = _held.get(self.sign_in.user_id, [])
        if self in held:
            held.remove(self)
        if not held:
            _held.pop(self.sign_in.user_id, None)

    async def parts(self) -> AsyncGenerator[str, None]:
        """The page's parts."""
        yield self._head
        sockets.add(self)
        self._make_room()
        timer = self._break_off_in(PAGE_SECONDS_MAX, BrokenOff.TOO_LONG)
        if sockets.draining:
            await self.drain()
        try:
            async with (
                hearing(self._page.conversation.id, self._hear),
                aclosing(self._answer()) as answer,
            ):
                async for part in answer:
                    yield part
        finally:
            timer.cancel()
            sockets.open.discard(self)
            self._give_room()
        yield await self._tail()

    def _hear(self, message: Any) -> None:
        if message["type"] == "reply.chunk" and message["message_id"] == str(self._reply_id):
            self._follow.offer(message)

    async def _answer(self) -> AsyncGenerator[str, None]:
        entries = aiter(self._follow)
        coming: asyncio.Task[Entry | None] | None = None
        try:
            while not self._broken_off.done():
                coming = coming or asyncio.create_task(_next(entries), name="next of a page")
                either: set[asyncio.Future[Any]] = {coming, self._broken_off}
                await asyncio.wait(
                    either, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if coming.done():
                    entry, coming = coming.result(), None
                    if entry is None or entry["kind"] in CLOSING:
                        return
                    async for part in self._shown(entry):
                        yield part
                elif not self._broken_off.done():
                    yield HEARTBEAT
                    await self._check_redis()
        finally:
            if coming is not None:
                await end_all([coming])
            await entries.aclose()  # type: ignore[attr-defined]

    async def _check_redis(self) -> None:
        # The follower waits for Redis as long as it takes: a page should say so.
        try:
            async with asyncio.timeout(PING_SECONDS):
                await keys.client().ping()
        except (RedisError, TimeoutError) as error:
            logger.warning("a page ends without its answer: %s", type(error).__name__)
            self._break_off(BrokenOff.UNREACHABLE)

    async def _shown(self, entry: Entry) -> AsyncIterator[str]:
        if entry["kind"] == "reset":
            self._text = GrowingText()
            words = escape(_("The answer begins anew."))
            yield (
                f'</div></div><p class="live-void">{words}</p>'
                '<div class="live-attempt"><div class="live-text">'
            )
        elif entry["kind"] == "token":
            for piece in self._text.feed(orjson.loads(entry["frame"])["content"]):
                if piece.ended:
                    block = await asyncio.to_thread(as_block, piece.ended)
                    yield f'</div>{block}<div class="live-text">'
                elif piece.begins_code:
                    yield '</div><div class="live-text live-code">'
                if piece.text:
                    yield as_text(piece.text)

    async def _tail(self) -> str:
        broken_off = self._broken_off.result() if self._broken_off.done() else None
        after = database_sync_to_async(self._page.after)
        try:
            if broken_off is None and not await self._is_saved():
                broken_off = BrokenOff.UNREACHABLE
            tail: str = await after(broken_off)
        except DatabaseError as error:
            logger.warning("a page ends without its answer: %s", type(error).__name__)
            tail = await after(BrokenOff.UNREACHABLE)
        return tail

    async def _is_saved(self) -> bool:
        is_saved = database_sync_to_async(self._page.is_saved)
        for _again in range(int(SAVED_SECONDS / SAVED_STEP_SECONDS)):
            if await is_saved():
                return True
            await asyncio.sleep(SAVED_STEP_SECONDS)
        return False


# Each person's pages in this process, the oldest first.
_held: dict[uuid.UUID, list[Reading]] = {}


async def _next(entries: AsyncIterator[Entry]) -> Entry | None:
    """None after the last, and where only the database knows the rest."""
    try:
        return await anext(entries, None)
    except LogLost:
        return None


def as_block(text: str) -> str:
    """A block that has ended, as it will look."""
    if len(text) > BLOCK_MAX_CHARS:
        return f'<div class="live-block live-long">{as_text(text)}</div>'
    return f'<div class="live-block prose">{markdown.render(text)}</div>'


def as_text(text: str) -> str:
    """Text in an element, of which a browser changes nothing: it would take \\r for \\n."""
    return escape(text, quote=False).replace("\r", "&#13;")
