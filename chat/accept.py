"""Takes what people send: their message and an empty reply, written together, once.

A message goes to the end of what is shown, or after a message that is named (an edited question
beside its first version). Another version of a reply hangs on the same question; it begins empty,
or with the text of the one that it goes on with.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from chat.assistants import chosen, give
from chat.beginnings import begin
from chat.budgets import Guard, OverBudget
from chat.history import links_of, path_of, versions_at_first
from chat.models import Assistant, Conversation, Message
from chat.payloads import can_go_on
from chat.repeats import accepted_before
from chat.rows import insert_rows, update_rows
from chat.sessions import still_valid
from chat.submissions import (
    Accepted,
    Denied,
    Outcome,
    Place,
    SignedOut,
    Submission,
    TooManyReplies,
    Unfinished,
    Whole,
)
from chat.under_way import UnderWay

MICROSECOND = timedelta(microseconds=1)


def accept(submissions: Sequence[Submission]) -> list[Outcome]:
    """Write what many people send in one short transaction; outcomes in the same order.

    The same ``client_id`` of the same person is accepted once; again, it gives the first
    one's rows. Raises IntegrityError when another process accepted one of them meanwhile.
    """
    batch = _Batch(submissions)
    with transaction.atomic():
        return batch.write()


class _Batch:
    """The state of one transaction."""

    def __init__(self, submissions: Sequence[Submission]) -> None:
        self._submissions = submissions
        self._messages: list[Message] = []
        self._new: list[Conversation] = []
        self._touched: dict[uuid.UUID, Conversation] = {}
        # Read before anything is locked.
        self._assistants, self._default = self._chosen_assistants()

    def write(self) -> list[Outcome]:
        submissions = self._submissions
        self._valid = still_valid(one.sign_in for one in submissions if one.sign_in)
        self._named = self._named_messages()
        # Locks the rows: two messages at once become one path, not two.
        self._conversations = (
            Conversation.objects.select_for_update(of=("self",), no_key=True)
            .select_related("assistant")
            .order_by("id")
            .in_bulk(
                {one.conversation_id for one in submissions if one.conversation_id}
                | {message.conversation_id for message in self._named.values()}
            )
        )
        self._known = accepted_before(submissions)
        self._now = timezone.now()
        self._guard = Guard.of(
            (one.user_id for one in submissions),
            (one.key_id for one in submissions if one.key_id),
        )
        self._under_way = UnderWay(one.user_id for one in submissions)
        outcomes = [self._take(one) for one in submissions]
        self._number_versions(outcomes)
        insert_rows(Conversation, self._new)
        insert_rows(Message, self._messages)
        update_rows(
            Conversation, ["tip", "updated_at", "wanted_model"], list(self._touched.values())
        )
        return outcomes

    def _named_messages(self) -> dict[uuid.UUID, Message]:
        ids = {one.again for one in self._submissions if one.again}
        ids |= {one.after for one in self._submissions if isinstance(one.after, uuid.UUID)}
        return Message.objects.select_related("parent").in_bulk(ids) if ids else {}

    def _chosen_assistants(self) -> tuple[dict[uuid.UUID, Assistant], Assistant | None]:
        new = [one for one in self._submissions if not one.conversation_id and not one.again]
        if not new:
            return {}, None
        return chosen(one.assistant_id for one in new if one.assistant_id)

    def _take(self, one: Submission) -> Outcome:
        if one.sign_in and one.sign_in not in self._valid:
            return SignedOut()
        if before := self._known.get((one.user_id, one.client_id)):
            return Denied() if before.conversation.deleted_at else before
        if self._under_way.is_full(one.user_id):
            return TooManyReplies()
        over = self._over_budget(one)
        if over and one.costs and not one.can_be_free and not self._is_known(one):
            return over
        outcome = self._again(one, one.again) if one.again else self._message(one)
        if isinstance(outcome, Accepted):
            outcome.reply.free_only = over is not None
            outcome.reply.api_key_id = one.key_id
            if not outcome.reply.is_finished:
                self._under_way.add(one.user_id)
                if not over:
                    self._guard.passed(one.user_id, one.key_id)
            if not outcome.is_new_conversation:
                self._touched[outcome.conversation.id] = outcome.conversation
            if one.remembers:
                outcome.conversation.wanted_model = one.wanted_model
            self._known[one.user_id, one.client_id] = Accepted(
                outcome.question, outcome.reply, outcome.conversation, repeated=True
            )
        return outcome

    def _over_budget(self, one: Submission) -> OverBudget | None:
        try:
            self._guard.check(one.user_id, one.key_id)
        except OverBudget as over:
            return over
        return None

    def _is_known(self, one: Submission) -> bool:
        """Whether it has an answer, which costs nothing, and is still asked in the same place."""
        if one.answer is None:
            return False
        parent_id = one.after if isinstance(one.after, uuid.UUID) else None
        if one.after is Place.END and (own := self._own(one, one.conversation_id)):
            parent_id = own.tip_id
        return one.answer.parent_id == parent_id

    def _assistant_of(self, one: Submission) -> Assistant | None:
        if own := self._own(one, one.conversation_id):
            return own.assistant
        if one.assistant_id:
            return self._assistants.get(one.assistant_id)
        return None if one.beginning else self._default

    def _own(self, one: Submission, conversation_id: uuid.UUID | None) -> Conversation | None:
        found = self._conversations.get(conversation_id) if conversation_id else None
        if found is None or found.owner_id != one.user_id or found.deleted_at is not None:
            return None
        return found

    # -- a message -----------------------------------------------------------------------

    def _message(self, one: Submission) -> Outcome:
        if one.conversation_id is None:
            if isinstance(one.after, uuid.UUID):
                return Denied()
            assistant = self._assistant_of(one)
            if assistant is None and one.assistant_id:
                return Denied()
            conversation, said = begin(one, assistant, self._tick)
            self._new.append(conversation)
            self._messages += said
            last_id = said[-1].id if said else None
            return self._write_pair(one, conversation, last_id, is_new_conversation=True)
        found = self._own(one, one.conversation_id)
        if found is None:
            return Denied()
        if one.after is Place.END:
            return self._write_pair(one, found, found.tip_id)
        if one.after is Place.BEGINNING:
            parent_id = None
        else:
            parent = self._named.get(one.after)
            if parent is None or parent.conversation_id != found.id or not parent.is_reply:
                return Denied()
            parent_id = parent.id
        if self._is_at_work(found):
            return Unfinished()
        return self._write_pair(one, found, parent_id)

    def _write_pair(
        self,
        one: Submission,
        conversation: Conversation,
        parent_id: uuid.UUID | None,
        *,
        is_new_conversation: bool = False,
    ) -> Accepted:
        question = Message(
            conversation=conversation,
            parent_id=parent_id,
            role=Message.Role.USER,
            content=one.text,
            author_id=one.user_id,
            client_id=one.client_id,
            context=dict(one.context) or None,
            options=one.beginning.options.kept() if one.beginning else None,
            created_at=self._tick(),
        )
        reply = Message(
            conversation=conversation,
            parent_id=question.id,
            role=Message.Role.ASSISTANT,
            status=Message.Status.PROCESSING,
            route=one.route,
            created_at=self._tick(),
        )
        give(reply, conversation.assistant, one)
        if one.answer:
            one.answer.give(question, reply)
        self._add(conversation, question, reply)
        return Accepted(question, reply, conversation, is_new_conversation=is_new_conversation)

    # -- another version of a reply ------------------------------------------------------

    def _again(self, one: Submission, reply_id: uuid.UUID) -> Outcome:
        earlier = self._named.get(reply_id)
        if earlier is None or not earlier.is_reply or earlier.parent is None:
            return Denied()
        conversation = self._own(one, earlier.conversation_id)
        if conversation is None:
            return Denied()
        if self._is_at_work(conversation) or not earlier.is_finished:
            return Unfinished()
        if one.goes_on and not can_go_on(earlier):
            return Whole()
        reply = Message(
            conversation=conversation,
            parent_id=earlier.parent_id,
            role=Message.Role.ASSISTANT,
            status=Message.Status.PROCESSING,
            author_id=one.user_id,
            client_id=one.client_id,
            route=one.route,
            created_at=self._tick(),
        )
        give(reply, conversation.assistant, one)
        if one.goes_on:
            # What it was told is what it is to go on with, whatever was written since.
            reply.prompt_id = earlier.prompt_id
            reply.content = earlier.content
            reply.seams = [*earlier.seams, len(earlier.content)]
            # The same voice to the end, unless another was asked for.
            if not one.model:
                reply.provider, reply.model = earlier.provider, earlier.model
        self._add(conversation, reply)
        return Accepted(earlier.parent, reply, conversation)

    # -- what both need ------------------------------------------------------------------

    def _is_at_work(self, conversation: Conversation) -> bool:
        """Whether a reply that is shown is still being made."""
        unfinished = set(
            Message.objects.filter(
                conversation_id=conversation.id, status=Message.Status.PROCESSING
            ).values_list("id", flat=True)
        ) | {
            one.id
            for one in self._messages
            if one.conversation_id == conversation.id and not one.is_finished
        }
        if not unfinished:
            return False
        if conversation.tip_id in unfinished:
            return True
        shown = path_of(links_of(conversation.id), conversation.tip_id)
        return any(each in unfinished for each in shown)

    def _tick(self) -> datetime:
        """A time of its own for each message: their order is that of the versions."""
        self._now += MICROSECOND
        return self._now

    def _add(self, conversation: Conversation, *messages: Message) -> None:
        conversation.tip_id = messages[-1].id
        conversation.updated_at = self._now
        self._messages += messages

    def _number_versions(self, outcomes: Sequence[Outcome]) -> None:
        # What was sent to the end just now has no earlier versions.
        numbered = [
            outcome
            for one, outcome in zip(self._submissions, outcomes, strict=True)
            if isinstance(outcome, Accepted)
            and (outcome.repeated or one.again or one.after is not Place.END)
        ]
        versions = versions_at_first(
            message for one in numbered for message in (one.question, one.reply)
        )
        for one in numbered:
            one.question_versions = versions[one.question.id]
            one.reply_versions = versions[one.reply.id]
