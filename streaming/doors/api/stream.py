"""The stream of events of one reply, for one reader."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from django.http import HttpResponse, HttpResponseBase
from django.utils import translation

from chat.models import Message
from chat.submissions import SignedOut
from streaming.chunks import CLOSING
from streaming.doors.api.errors import refusal_of
from streaming.doors.api.events import BEGINNING, COME_BACK, HEARTBEAT, Encoding
from streaming.doors.callers import Caller
from streaming.doors.reading import BrokenOff, Reading, saved
from streaming.doors.responses import HeldResponse

CONTENT_TYPE = "text/event-stream; charset=utf-8"


def event_stream(
    reply: Message, caller: Caller, encoding: Encoding, *, after: int = -1
) -> HttpResponseBase:
    """The response that tells everything after this cursor, then goes on live."""
    parts = _parts(reply, caller, encoding, after, translation.get_language())
    response = HeldResponse(parts, CONTENT_TYPE)
    response["Cache-Control"] = "no-cache"
    return response


def head_of_stream() -> HttpResponse:
    """What HEAD is answered with."""
    response = HttpResponse(content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-cache"
    return response


async def _parts(
    reply: Message, caller: Caller, encoding: Encoding, after: int, language: str
) -> AsyncGenerator[str, None]:
    yield BEGINNING
    try:
        # Nothing of it waits for the reply when the process leaves: any other one goes on.
        reading = Reading(
            reply.id,
            reply.conversation_id,
            caller.sign_in,
            after=after,
            drain_share=0,
            patient=True,
        )
        async with aclosing(reading.entries()) as entries:
            async for entry in entries:
                if entry is None:
                    yield HEARTBEAT
                    continue
                with translation.override(language):
                    told = encoding.chunk(entry)
                if told:
                    yield told
                if entry["kind"] in CLOSING:
                    return
        if reading.broken_off in (BrokenOff.LEAVING, BrokenOff.TOO_LONG):
            yield COME_BACK
            return
        if reading.broken_off:
            raise SignedOut
        # The log cannot tell the rest.
        message = await saved(reply.id)
        with translation.override(language):
            told = encoding.saved(message, seen=reading.cursor >= 0)
        yield told
    except Exception as error:
        # The status has been sent long ago.
        with translation.override(language):
            told = encoding.error(refusal_of(error))
        yield told
