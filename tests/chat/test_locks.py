"""Transactions that write about the same people and messages at the same time."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction

from chat.accept import accept
from chat.finish import Finished, finish
from chat.models import Message, Spending, User
from chat.submissions import Accepted, Submission

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_is_accepted_while_the_answer_before_it_is_saved() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's transactions write one after the other")
    person = User.objects.create_user("somebody")
    hello = Submission(user_id=person.id, text="hello", client_id=uuid.uuid4().hex)
    (first,) = accept([hello])
    assert isinstance(first, Accepted)
    now = datetime.now(UTC)
    one_try = {"provider": "openai", "model": "small", "began_at": now.isoformat()}
    ended = Finished(
        id=first.reply.id,
        attempt=first.reply.attempts,
        status=Message.Status.COMPLETE,
        content="Hello!",
        finished_at=now,
        tries=[one_try],
    )
    more = Submission(
        user_id=person.id,
        text="more",
        client_id=uuid.uuid4().hex,
        conversation_id=first.conversation.id,
    )
    # Both have written everything before one of them commits: there, keys are checked.
    both = threading.Barrier(2, timeout=20)

    def write(act: Callable[..., Any], what: object) -> None:
        try:
            with transaction.atomic():
                act([what])
                both.wait()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        saving = threads.submit(write, finish, ended)
        accepting = threads.submit(write, accept, more)
        saving.result(timeout=30)
        accepting.result(timeout=30)
    assert Message.objects.filter(conversation=first.conversation).count() == 4
    assert Spending.objects.get(person=person).calls == 1
