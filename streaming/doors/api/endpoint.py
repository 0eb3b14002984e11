"""One address and method of the API, and what is done around each of them."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel

from streaming.addresses import address_of
from streaming.doors.admission import Kind, admit
from streaming.doors.api.bodies import check_length
from streaming.doors.api.errors import error_response, refusal_of
from streaming.doors.callers import Caller, caller_of
from streaming.doors.responses import held_by
from streaming.errors import WrongMethod

JSON = "application/json"
EVENTS = "text/event-stream"

View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is asked and answered at an address with a method; the description is made of these.

    ``waits`` where the whole reply is waited for; that, and what answers with events, holds a place
    among the open connections.
    ``view`` is called with the request, the caller and what the address names. ``answers`` are
    those that are no refusals: per status the shape (None: no body) and the media type.
    ``refusals`` are the statuses of the others, beside those that all endpoints have.
    """

    method: str
    path: str
    name: str
    view: View
    scope: str
    summary: str
    answers: dict[int, tuple[type[BaseModel] | None, str]]
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    refusals: frozenset[int] = frozenset()
    waits: bool = False

    @property
    def kind(self) -> Kind:
        """What it is admitted as."""
        has_events = any(media == EVENTS for _shape, media in self.answers.values())
        return "stream" if self.waits or has_events else "request"


# Any endpoint may answer with these: not signed in, not allowed, wrong method, cannot now.
COMMON_REFUSALS = frozenset({400, 401, 403, 405, 413, 429, 500, 503})


def addresses(endpoints: Sequence[Endpoint]) -> list[URLPattern]:
    """One URL pattern per address; its endpoints must stand beside each other."""
    grouped = ((route, list(group)) for route, group in groupby(endpoints, lambda one: one.path))
    return [path(route, _view(group), name=f"api-{group[0].name}") for route, group in grouped]


def _view(endpoints: Sequence[Endpoint]) -> Callable[..., Coroutine[Any, Any, HttpResponseBase]]:
    by_method = {one.method: one for one in endpoints}
    if "GET" in by_method:
        by_method["HEAD"] = by_method["GET"]
    allowed = ", ".join(sorted(by_method))

    # Keys come without cookies; sessions are checked by `caller_of`.
    @csrf_exempt
    async def view(request: HttpRequest, **named: Any) -> HttpResponseBase:
        endpoint = by_method.get(request.method or "")
        try:
            if endpoint is None:
                raise WrongMethod
            # Before anything may look for a form in it.
            check_length(request)
            caller: Caller = await caller_of(request, scope=endpoint.scope)
            address = address_of(request)
            place = await admit(endpoint.kind, user_id=caller.user.id, address=address)
            response = await held_by(place, endpoint.view(request, caller, **named))
        except asyncio.CancelledError:
            # Whoever asked has gone.
            raise
        except Exception as error:
            response = error_response(refusal_of(error))
            if endpoint is None:
                response["Allow"] = allowed
        # What one person is told is nobody else's; streams say it in their own way.
        response.setdefault("Cache-Control", "private, no-store")
        return response

    return view


def json_response(payload: bytes, *, status: int = 200) -> HttpResponse:
    """An answer that has been encoded."""
    return HttpResponse(payload, status=status, content_type=JSON)
