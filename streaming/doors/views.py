"""The forms of the chat page, for browsers without JavaScript."""

import uuid
from typing import cast

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from chat.access import NotFound as NoAccess
from chat.access import access_conversation, access_message, access_reply
from chat.context import ZONE_COOKIE, sanitised
from chat.models import User
from chat.submissions import Place
from chat.views.choices import usable
from streaming.addresses import address_of
from streaming.errors import NotFound, Refused
from streaming.intake.select import select
from streaming.intake.stop import stop
from streaming.intake.submit import submit, submit_again

NAMESPACE = uuid.UUID("4b1f3c52-8d0e-4f0a-9a55-0c2f3d1f7f60")


class SeeOther(HttpResponseRedirect):
    """A redirect that is fetched with GET, whatever was sent."""

    status_code = 303


@require_POST
@login_required
async def send(request: HttpRequest, conversation_id: uuid.UUID | None = None) -> HttpResponse:
    """Accept the form's message; a refused one goes back into the box, to be sent again.

    With ``edited_id`` it is another version of that message; ``assistant`` is chosen for a new
    conversation.
    """
    user = cast(User, await request.auser())
    text = request.POST.get("message", "")
    # Forms end lines with CR LF, whatever was typed.
    text = text.replace("\r\n", "\n")
    form_id = request.POST.get("client_id") or uuid.uuid4().hex
    edited_id = _id(request.POST.get("edited_id"))
    assistant_id = None if conversation_id else _id(request.POST.get("assistant"))
    zone = request.COOKIES.get(ZONE_COOKIE, "")
    try:
        acknowledged = await submit(
            user.id,
            text,
            # The same form may come back with another text: that is another message.
            client_id=_client_id(form_id, text),
            conversation_id=conversation_id,
            after=await _place_of(user, edited_id) if edited_id else Place.END,
            model=request.POST.get("model", ""),
            assistant_id=assistant_id,
            context=sanitised(None, language=get_language() or "", time_zone=zone),
            address=address_of(request),
        )
    except (NotFound, NoAccess):
        raise Http404 from None
    except Refused as refused:
        draft = {"text": text, "client_id": form_id, "model": request.POST.get("model", "")}
        await request.session.aset("draft", draft)
        await _complain(request, refused.told())
        if conversation_id and edited_id:
            return SeeOther(reverse("edit", args=[conversation_id, edited_id]))
        return SeeOther(_page(conversation_id, assistant_id=assistant_id))
    return SeeOther(_answer(request, acknowledged.reply.conversation_id))


@require_POST
@login_required
async def regenerate(
    request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID
) -> HttpResponse:
    """Ask for another version of a reply."""
    return await _again(request, conversation_id, message_id, goes_on=False)


@require_POST
@login_required
async def go_on(
    request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID
) -> HttpResponse:
    """Ask for the rest of a reply that broke off."""
    return await _again(request, conversation_id, message_id, goes_on=True)


async def _again(
    request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID, *, goes_on: bool
) -> HttpResponse:
    user = cast(User, await request.auser())
    form_id = request.POST.get("client_id") or uuid.uuid4().hex
    try:
        wanted = await _check_in(user, conversation_id, message_id)
        acknowledged = await submit_again(
            user.id,
            message_id,
            client_id=_client_id(form_id, f"{message_id} {goes_on}"),
            goes_on=goes_on,
            # The rest of an answer is the same voice's.
            model="" if goes_on else request.POST.get("model", wanted),
            address=address_of(request),
        )
    except (NotFound, NoAccess):
        raise Http404 from None
    except Refused as refused:
        await _complain(request, refused.told())
        return SeeOther(_page(conversation_id, message_id))
    return SeeOther(_answer(request, acknowledged.reply.conversation_id))


@require_POST
@login_required
async def select_version(
    request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID
) -> HttpResponse:
    """Show this version, and what follows it."""
    user = cast(User, await request.auser())
    try:
        await _check_in(user, conversation_id, message_id)
        await select(user, message_id)
    except NoAccess:
        raise Http404 from None
    return SeeOther(_page(conversation_id, message_id))


@require_POST
@login_required
async def stop_reply(
    request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID
) -> HttpResponse:
    """Stop a reply and show the conversation."""
    user = cast(User, await request.auser())
    try:
        reply = await database_sync_to_async(access_reply)(user, message_id)
        if reply.conversation_id != conversation_id:
            raise NoAccess
        await stop(user, message_id)
    except NoAccess:
        raise Http404 from None
    except RedisError:
        await _complain(request, _("The reply could not be stopped."))
    return SeeOther(_page(conversation_id))


def _client_id(form_id: str, what: str) -> str:
    return uuid.uuid5(NAMESPACE, f"{form_id} {what}").hex


def _id(value: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if value else None
    except ValueError:
        raise Http404 from None


def _page(
    conversation_id: uuid.UUID | None,
    message_id: uuid.UUID | None = None,
    assistant_id: uuid.UUID | None = None,
) -> str:
    if conversation_id is None:
        address = reverse("chat-new")
        return f"{address}?assistant={assistant_id}" if assistant_id else address
    address = reverse("conversation", args=[conversation_id])
    return f"{address}#m-{message_id}" if message_id else address


def _answer(request: HttpRequest, conversation_id: uuid.UUID) -> str:
    """Where the answer to this form is read: without scripts it comes with a page."""
    name = "live" if request.POST.get("live") else "conversation"
    return reverse(name, args=[conversation_id])


async def _complain(request: HttpRequest, sentence: str) -> None:
    await database_sync_to_async(messages.error)(request, sentence)


async def _place_of(user: User, message_id: uuid.UUID) -> uuid.UUID | Place:
    """What this message comes after. Raises chat.access.NotFound."""
    message = await database_sync_to_async(access_message)(user, message_id)
    return message.parent_id or Place.BEGINNING


async def _check_in(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> str:
    """The model that is chosen in that conversation of the person's, which has the message.

    Empty for "auto". Raises chat.access.NotFound.
    """
    message = await database_sync_to_async(access_message)(user, message_id)
    if message.conversation_id != conversation_id:
        raise NoAccess
    conversation = await database_sync_to_async(access_conversation)(user, conversation_id)
    wanted: str = await database_sync_to_async(usable)(
        settings.CHAT_MODELS, conversation.wanted_model
    )
    return wanted
