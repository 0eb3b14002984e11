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
from typing import cast

import orjson
from channels.db import database_sync_to_async
from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chat import markdown
from chat.access import NotFound, access_conversation
from chat.models import User
from chat.sessions import SignIn
from streaming.addresses import address_of
from streaming.chunks import Entry
from streaming.doors.admission import admit
from streaming.doors.growing import GrowingText
from streaming.doors.live_page import LivePage
from streaming.doors.reading import SAVED_SECONDS, SAVED_STEP_SECONDS, BrokenOff, Reading
from streaming.doors.responses import HeldResponse
from streaming.errors import RateLimited

HEARTBEAT = "<!-- -->"
# So many of one person's in one process; the oldest gives way.
PAGES_MAX = 20
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
        try:
            place = await admit("stream", user_id=user.id, address=address_of(request))
        except RateLimited as refused:
            # That page tells it, and asks again in some seconds.
            await database_sync_to_async(messages.error)(request, refused.told())
            return HttpResponseRedirect(reverse("conversation", args=[conversation_id]))
        session = request.session
        auth_hash = await session.aget(HASH_SESSION_KEY, "")
        sign_in = SignIn(user.id, session.session_key or "", auth_hash)
        held = HeldResponse(LiveReading(page, head, sign_in).parts())
        held.at_end(place.release)
        response = held
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


class LiveReading:
    """One reader's page, from its first byte to its last."""

    def __init__(self, page: LivePage, head: str, sign_in: SignIn) -> None:
        assert page.reply_id is not None
        self._page = page
        self._head = head
        self._reading = Reading(page.reply_id, page.conversation.id, sign_in)
        self._text = GrowingText()

    def _make_room(self) -> None:
        """Let go of this person's oldest page where there are too many."""
        held = _held.setdefault(self._reading.sign_in.user_id, [])
        held.append(self._reading)
        if len(held) > PAGES_MAX:
            held.pop(0).break_off(BrokenOff.TOO_LONG)

    def _give_room(self) -> None:
        held = _held.get(self._reading.sign_in.user_id, [])
        if self._reading in held:
            held.remove(self._reading)
        if not held:
            _held.pop(self._reading.sign_in.user_id, None)

    async def parts(self) -> AsyncGenerator[str, None]:
        """The page's parts."""
        yield self._head
        self._make_room()
        try:
            async with aclosing(self._reading.entries()) as entries:
                async for entry in entries:
                    if entry is None:
                        yield HEARTBEAT
                    else:
                        async for part in self._shown(entry):
                            yield part
        finally:
            self._give_room()
        yield await self._tail()

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
        broken_off = self._reading.broken_off
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


def as_block(text: str) -> str:
    """A block that has ended, as it will look."""
    if len(text) > BLOCK_MAX_CHARS:
        return f'<div class="live-block live-long">{as_text(text)}</div>'
    return f'<div class="live-block prose">{markdown.render(text)}</div>'


def as_text(text: str) -> str:
    """Text in an element, of which a browser changes nothing: it would take \\r for \\n."""
    return escape(text, quote=False).replace("\r", "&#13;")
