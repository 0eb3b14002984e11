"""`/v1/chat/completions` and `/v1/models`."""

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from streaming.addresses import address_of
from streaming.doors.callers import Caller
from streaming.doors.compatible.bodies import read
from streaming.doors.compatible.endpoint import Events, endpoint, held
from streaming.doors.compatible.pieces import ask, gather, pieces
from streaming.doors.compatible.who import NoSuchModel, everybody
from streaming.doors.openai import encoding, shapes

JSON = "application/json"


@endpoint("POST", encoding.refusal_response, kind="stream")
async def completions(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """An answer, whole or as it is made."""
    wanted = read(request, shapes.Completion).wanted()
    acknowledged = await ask(wanted, caller, address=address_of(request))
    reply = acknowledged.reply
    created = int(reply.created_at.timestamp())
    completion = encoding.Completion(reply.id, created, wanted.model, wanted.tells_usage)
    read_pieces = pieces(acknowledged, caller)
    if wanted.is_streamed:
        events = Events(
            completion.beginning(),
            encoding.HEARTBEAT,
            completion.piece,
            encoding.refusal_event,
        )
        return await held(events, read_pieces)
    return HttpResponse(completion.whole(*await gather(read_pieces)), content_type=JSON)


@endpoint("GET", encoding.refusal_response)
async def models(request: HttpRequest, caller: Caller) -> HttpResponse:
    """All that may be named as ``model``."""
    return HttpResponse(encoding.models(await everybody()), content_type=JSON)


@endpoint("GET", encoding.refusal_response)
async def model(request: HttpRequest, caller: Caller, name: str) -> HttpResponse:
    """One of them."""
    for who in await everybody():
        if who.id == name:
            return HttpResponse(orjson.dumps(encoding.model(who)), content_type=JSON)
    raise NoSuchModel


def nothing(request: HttpRequest, rest: str) -> HttpResponse:
    """There is no such address, for whichever vendor's client."""
    return encoding.refusal_response(NoSuchModel("There is no such address."))
