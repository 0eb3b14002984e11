"""The forms of the chat page, for browsers without JavaScript."""

import uuid
from typing import cast

from channels.db import database_sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from chat.access import NotFound as NoAccess
from chat.access import access_conversation
from chat.models import User
from streaming.errors import NotFound, Refused
from streaming.intake.stop import stop
from streaming.intake.submit import submit

NAMESPACE = uuid.UUID("4b1f3c52-8d0e-4f0a-9a55-0c2f3d1f7f60")


class SeeOther(HttpResponseRedirect):
    """A redirect that is fetched with GET, whatever was sent."""

    status_code = 303


@require_POST
@login_required
async def send(request: HttpRequest, conversation_id: uuid.UUID | None = None) -> HttpResponse:
    """Accept the form's message; a refused one goes back into the box, to be sent again."""
    user = cast(User, await request.auser())
    text = request.POST.get("message", "")
    # Forms end lines with CR LF, whatever was typed.
    text = text.replace("\r\n", "\n")
    form_id = request.POST.get("client_id") or uuid.uuid4().hex
    try:
        acknowledged = await submit(
            user.id,
            text,
            # The same form may come back with another text: that is another message.
            client_id=uuid.uuid5(NAMESPACE, f"{form_id} {text}").hex,
            conversation_id=conversation_id,
        )
    except NotFound:
        raise Http404 from None
    except Refused as refused:
        await request.session.aset("draft", {"text": text, "client_id": form_id})
        await database_sync_to_async(messages.error)(request, refused.sentence)
        here = {"conversation_id": conversation_id} if conversation_id else None
        return SeeOther(reverse("conversation" if here else "chat-new", kwargs=here))
    here = {"conversation_id": acknowledged.reply.conversation_id}
    return SeeOther(reverse("conversation", kwargs=here))


@require_POST
@login_required
async def stop_reply(
    request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID
) -> HttpResponse:
    """Stop a reply and show the conversation."""
    user = cast(User, await request.auser())
    try:
        await database_sync_to_async(access_conversation)(user, conversation_id)
        await stop(user, message_id)
    except NoAccess:
        raise Http404 from None
    except RedisError:
        await database_sync_to_async(messages.error)(request, "The reply could not be stopped.")
    return SeeOther(reverse("conversation", kwargs={"conversation_id": conversation_id}))
