"""`/v1/messages`."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from streaming.addresses import address_of
from streaming.doors.anthropic import encoding, shapes
from streaming.doors.callers import Caller
from streaming.doors.compatible.bodies import read
from streaming.doors.compatible.endpoint import Events, endpoint, held
from streaming.doors.compatible.pieces import ask, gather, pieces


@endpoint("POST", encoding.refusal_response, kind="stream")
async def messages(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """An answer, whole or as it is made."""
    wanted = read(request, shapes.Messages).wanted()
    acknowledged = await ask(wanted, caller, address=address_of(request))
    answer = encoding.Answer(acknowledged.reply.id, wanted.model)
    read_pieces = pieces(acknowledged, caller)
    if wanted.is_streamed:
        events = Events(answer.beginning(), encoding.PING, answer.piece, encoding.refusal_event)
        return await held(events, read_pieces)
    whole = answer.whole(*await gather(read_pieces))
    return HttpResponse(whole, content_type="application/json")
