"""What a person thinks of a reply."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from chat.access import NotFound, access_reply
from chat.models import Feedback
from chat.models.feedback import COMMENT_MAX_CHARS
from chat.views.people import person

TAKEN_BACK = 0


@require_POST
@login_required
def feedback(
    request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID
) -> HttpResponse:
    """Keep a thumb, and a comment where there is one; ``rating`` 0 takes both back."""
    try:
        reply = access_reply(person(request), message_id)
    except NotFound:
        raise Http404 from None
    if reply.conversation_id != conversation_id:
        raise Http404
    rating = request.POST.get("rating")
    if rating not in {str(value) for value in (*Feedback.Rating.values, TAKEN_BACK)}:
        return HttpResponseBadRequest()
    given: dict[str, Any] = {"message": reply, "person": person(request)}
    if int(rating) == TAKEN_BACK:
        Feedback.objects.filter(**given).delete()
    else:
        values: dict[str, object] = {"rating": int(rating), "updated_at": timezone.now()}
        if (comment := request.POST.get("comment")) is not None:
            values["comment"] = comment.replace("\x00", "").strip()[:COMMENT_MAX_CHARS]
        Feedback.objects.update_or_create(**given, defaults=values)
    if "text/html" not in request.headers.get("Accept", ""):
        return HttpResponse(status=204)
    address = redirect("conversation", conversation_id)
    address["Location"] += f"#m-{reply.id}"
    return address
