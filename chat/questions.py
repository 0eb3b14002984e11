"""What replies are made from: the question, and what was said before it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from chat.assistants import chosen, give
from chat.history import path_to
from chat.models import Conversation, Message, User
from chat.said import end_of_path, room, said_in, sizes_of
from chat.submissions import Place, Submission
from chat.told import before

# Of a longer conversation nothing is foreseen: who accepts a message reads in front of others.
FORESEEN_BYTES_MAX = 200_000
# Of a reply all, of what it belongs to only what it is made from: five whole tables cost twice as
# much to ask for.
NEEDED = (
    *(field.name for field in Message._meta.concrete_fields),
    *(
        f"prompt__{name}"
        for name in (
            "text", "assistant__tier", "assistant__temperature", "assistant__output_tokens_max",
            "assistant__gives_instant_answers", "assistant__caches_answers",
            "assistant__is_public",
        )
    ),
    *(
        f"conversation__{name}"
        for name in ("passes_at", "owner__username", "owner__first_name", "owner__last_name")
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reply that is to be made.

    With ``take_over`` an unfinished one counts a new attempt, which bars the earlier ones from
    saving theirs.
    """

    reply_id: uuid.UUID
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A reply, and what was said before it: the message it answers comes last.

    Where the app told what was said before the first message, that comes first (chat/told.py).
    Of a conversation that is longer than any prompt it is the end.
    """

    reply: Message
    said: list[Message]


def asked(wanted: Sequence[Wanted]) -> list[Asked | None]:
    """What these replies are made from, in the same order; None for one that was deleted.

    Three queries, however many there are, for to build them costs more than to run them; two more
    for each conversation that is longer than any prompt.
    """
    taken = [one.reply_id for one in wanted if one.take_over]
    if taken:
        Message.objects.filter(id__in=taken, status=Message.Status.PROCESSING).update(
            attempts=F("attempts") + 1
        )
    replies = (
        Message.objects.filter(role=Message.Role.ASSISTANT)
        .select_related("prompt__assistant", "conversation__owner")
        .only(*NEEDED)
        .in_bulk([one.reply_id for one in wanted])
    )
    sizes = sizes_of(reply.conversation_id for reply in replies.values())
    said = said_in(each for each, size in sizes.items() if size <= 2 * room())

    def path_of(reply: Message) -> list[Message]:
        if reply.conversation_id in said:
            return path_to(said[reply.conversation_id], reply.parent_id)
        return end_of_path(reply.conversation_id, reply.parent_id)

    found = [replies.get(one.reply_id) for one in wanted]
    return [_asked(reply, path_of(reply)) if reply else None for reply in found]


def foreseen(submissions: Sequence[Submission]) -> list[Asked | None]:
    """What messages that are not accepted yet would be asked like, in the same order.

    None where one would be refused, follows what is not finished, or more than is worth reading
    here. Nothing is locked: where a conversation has gone on when it is written, it is asked in
    another place. In these rows, which are not saved, is all that a prompt may name.
    """
    new = [one for one in submissions if one.conversation_id is None]
    assistants, default = (
        chosen(one.assistant_id for one in new if one.assistant_id) if new else ({}, None)
    )
    owners = User.objects.in_bulk({one.user_id for one in new})
    begun = (
        Conversation.objects.filter(deleted_at=None, owner__in={one.user_id for one in submissions})
        .select_related("assistant__prompt", "owner")
        .in_bulk({one.conversation_id for one in submissions if one.conversation_id})
    )
    sizes = sizes_of(begun)
    said = said_in(each for each, size in sizes.items() if size <= FORESEEN_BYTES_MAX)

    def one_asked(one: Submission) -> Asked | None:
        if one.conversation_id is None:
            owner = owners.get(one.user_id)
            assistant = assistants.get(one.assistant_id) if one.assistant_id else default
            new = Conversation(owner=owner, assistant=assistant)
            return _foreseen(one, new, []) if owner else None
        here = begun.get(one.conversation_id)
        if here is None or here.owner_id != one.user_id or here.id not in said:
            return None
        tip = here.tip_id if one.after is Place.END else one.after
        path = _finished_path(said[here.id], tip)
        return None if path is None else _foreseen(one, here, path)

    return [one_asked(one) for one in submissions]


def _finished_path(said: list[Message], tip: uuid.UUID | Place | None) -> list[Message] | None:
    """From the first message to this one; None where it is unknown or something is unfinished."""
    if not isinstance(tip, uuid.UUID):
        return []
    path = path_to(said, tip)
    return path if path and all(message.is_finished for message in path) else None


def _foreseen(one: Submission, conversation: Conversation, path: list[Message]) -> Asked:
    question = Message(
        conversation=conversation,
        parent_id=path[-1].id if path else None,
        role=Message.Role.USER,
        content=one.text,
        author_id=one.user_id,
        context=dict(one.context) or None,
    )
    reply = Message(
        conversation=conversation,
        role=Message.Role.ASSISTANT,
        status=Message.Status.PROCESSING,
        route=one.route,
    )
    assistant = conversation.assistant
    give(reply, assistant, one)
    if assistant and assistant.prompt:
        reply.prompt = assistant.prompt
        reply.prompt.assistant = assistant
    return _asked(reply, [*path, question])


def _asked(reply: Message, path: list[Message]) -> Asked:
    is_whole = path and path[0].parent_id is None
    return Asked(reply, [*before(path[0]), *path] if is_whole else path)
