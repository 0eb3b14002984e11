"""One address of a compatible API: who calls, what is refused, what is held open."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from streaming.addresses import address_of
from streaming.doors.admission import Kind, admit
from streaming.doors.api.errors import refusal_of
from streaming.doors.callers import Caller, caller_of
from streaming.doors.compatible.bodies import check_length
from streaming.doors.compatible.pieces import Piece
from streaming.doors.responses import HeldResponse, held_by
from streaming.errors import Refused, WrongMethod

# Everything that a program sends here is a request for an answer.
SCOPE = "chat"

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]
Refuse = Callable[[Refused], HttpResponse]


def endpoint(method: str, refuse: Refuse, *, kind: Kind = "request") -> Callable[[View], View]:
    """A view that is called with the request, the caller and what the address names.

    ``kind`` is "stream" for what holds a connection while a reply is made.
    """

    def wrap(view: View) -> View:
        # Keys come without cookies; sessions are checked by `caller_of`.
        @csrf_exempt
        async def wrapped(request: HttpRequest, **named: Any) -> HttpResponseBase:
            try:
                if request.method != method:
                    raise WrongMethod
                # Before anything may look for a form in it.
                check_length(request)
                caller: Caller = await caller_of(request, scope=SCOPE)
                address = address_of(request)
                place = await admit(kind, user_id=caller.user.id, address=address)
                response = await held_by(place, view(request, caller, **named))
            except asyncio.CancelledError:
                raise
            except Exception as error:
                response = refuse(refusal_of(error))
                if isinstance(error, WrongMethod):
                    response["Allow"] = method
            response.setdefault("Cache-Control", "private, no-store")
            return response

        return wrapped

    return wrap


@dataclass(frozen=True, slots=True)
class Events:
    """How a protocol tells a stream: what comes first, for each piece, and for a refusal."""

    beginning: str
    heartbeat: str
    piece: Callable[[Any], str]
    refusal: Callable[[Refused], str]


async def held(events: Events, pieces: AsyncGenerator[Piece, None]) -> HttpResponseBase:
    """A stream of events.

    It begins with the first words, or after some seconds of silence: what fails before is told by
    its status. Raises what `pieces` raises then.
    """
    try:
        first = await anext(pieces)
    except BaseException:
        await pieces.aclose()
        raise
    parts = _parts(events, first, pieces, translation.get_language())
    response = HeldResponse(parts, "text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


async def _parts(
    events: Events, first: Piece, rest: AsyncGenerator[Piece, None], language: str
) -> AsyncGenerator[str, None]:
    yield events.beginning
    async with aclosing(rest):
        try:
            async for piece in _all(first, rest):
                yield events.heartbeat if piece is None else events.piece(piece)
        except Exception as error:
            # The status has been sent long ago.
            with translation.override(language):
                told = events.refusal(refusal_of(error))
            yield told


async def _all(first: Piece, rest: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
    yield first
    async for piece in rest:
        yield piece
