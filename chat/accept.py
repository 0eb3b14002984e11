"""Takes what people send: their message and an empty reply, written together, once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from chat.models import Conversation, Message
from chat.models.conversations import title_from
from chat.rows import update_rows
from chat.sessions import SignIn, still_valid


@dataclass(frozen=True, slots=True)
class Submission:
    """A message as it came in. ``sign_in`` is None where the caller has just been checked."""

    user_id: uuid.UUID
    text: str
    client_id: str
    conversation_id: uuid.UUID | None = None
    sign_in: SignIn | None = None
    provider: str = ""
    model: str = ""


@dataclass(slots=True)
class Accepted:
    """The rows of an accepted message; ``repeated`` when the same send was accepted before."""

    question: Message
    reply: Message
    conversation: Conversation
    repeated: bool = False
    is_new_conversation: bool = field(default=False)


class Denied(Exception):
    """The conversation is unknown or somebody else's."""


class SignedOut(Exception):
    """The session that the connection was opened with has ended."""


Outcome = Accepted | Denied | SignedOut


def accept(submissions: Sequence[Submission]) -> list[Outcome]:
    """Write many people's messages in one short transaction; outcomes in the same order.

    The same ``client_id`` of the same person is accepted once; again, it gives the first
    one's rows. Raises IntegrityError when another process accepted one of them meanwhile.
    """
    with transaction.atomic():
        return _Batch(submissions).write()


class _Batch:
    """The state of one transaction."""

    def __init__(self, submissions: Sequence[Submission]) -> None:
        self._submissions = submissions
        self._messages: list[Message] = []
        self._new: list[Conversation] = []
        self._touched: dict[uuid.UUID, Conversation] = {}

    def write(self) -> list[Outcome]:
        submissions = self._submissions
        self._valid = still_valid(one.sign_in for one in submissions if one.sign_in)
        # Locks the rows: two messages at once become one path, not two.
        self._conversations = (
            Conversation.objects.select_for_update()
            .order_by("id")
            .in_bulk({one.conversation_id for one in submissions if one.conversation_id})
        )
        self._known = self._accepted_before()
        self._now = timezone.now()
        outcomes = [self._take(one) for one in submissions]
        Conversation.objects.bulk_create(self._new)
        Message.objects.bulk_create(self._messages)
        update_rows(Conversation, ["tip", "updated_at"], list(self._touched.values()))
        return outcomes

    def _accepted_before(self) -> dict[tuple[uuid.UUID, str], Accepted]:
        questions = Message.objects.filter(
            client_id__in={one.client_id for one in self._submissions},
        ).select_related("conversation")
        replies = {
            reply.parent_id: reply
            for reply in Message.objects.filter(
                parent__in=[question.id for question in questions], role=Message.Role.ASSISTANT
            ).order_by("-created_at")
        }
        return {
            (question.author_id, question.client_id): Accepted(  # type: ignore[misc]
                question, replies[question.id], question.conversation, repeated=True
            )
            for question in questions
            if question.id in replies
        }

    def _take(self, one: Submission) -> Outcome:
        if one.sign_in and one.sign_in not in self._valid:
            return SignedOut()
        if before := self._known.get((one.user_id, one.client_id)):
            return before
        is_new = one.conversation_id is None
        if is_new:
            conversation = Conversation(
                owner_id=one.user_id, title=title_from(one.text), created_at=self._now
            )
            self._new.append(conversation)
        else:
            found = self._conversations.get(one.conversation_id)
            if found is None or found.owner_id != one.user_id:
                return Denied()
            conversation = found
        accepted = self._write_pair(one, conversation)
        accepted.is_new_conversation = is_new
        self._known[(one.user_id, one.client_id)] = Accepted(
            accepted.question, accepted.reply, conversation, repeated=True
        )
        return accepted

    def _write_pair(self, one: Submission, conversation: Conversation) -> Accepted:
        question = Message(
            conversation=conversation,
            parent_id=conversation.tip_id,
            role=Message.Role.USER,
            content=one.text,
            author_id=one.user_id,
            client_id=one.client_id,
            created_at=self._now,
        )
        reply = Message(
            conversation=conversation,
            parent_id=question.id,
            role=Message.Role.ASSISTANT,
            status=Message.Status.PROCESSING,
            provider=one.provider,
            model=one.model,
            created_at=self._now + timedelta(microseconds=1),
        )
        conversation.tip_id = reply.id
        conversation.updated_at = self._now
        self._messages += [question, reply]
        if one.conversation_id is not None:
            self._touched[conversation.id] = conversation
        return Accepted(question, reply, conversation)
