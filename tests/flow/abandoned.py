"""`python -m tests.flow.abandoned NAME [log] [CONVERSATION]`: a message accepted, never queued.

What a web process leaves that dies right after its transaction; with `log`, right after the
acknowledgement. Prints the conversation's and the reply's id.
"""

import asyncio
import os
import sys
import uuid

import django


def main(name: str, *, with_log: bool, conversation_id: uuid.UUID | None) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from chat.accept import accept
    from chat.models import User
    from chat.submissions import Accepted, Submission

    user = User.objects.get(username=name)
    submission = Submission(
        user_id=user.id,
        text="hello",
        client_id=uuid.uuid4().hex,
        conversation_id=conversation_id,
    )
    (accepted,) = accept([submission])
    assert isinstance(accepted, Accepted)
    if with_log:
        asyncio.run(begin_log(accepted))
    print(accepted.conversation.id, accepted.reply.id)


async def begin_log(accepted: object) -> None:
    from streaming import redis as keys
    from streaming.delivery import log
    from streaming.intake.starting import start_chunk

    start = start_chunk(accepted)  # type: ignore[arg-type]
    await log.append(keys.client(), [log.prepare(start, writer="start")])
    await keys.close()


if __name__ == "__main__":
    words = [word for word in sys.argv[2:] if word != "log"]
    main(
        sys.argv[1],
        with_log="log" in sys.argv[2:],
        conversation_id=uuid.UUID(words[0]) if words else None,
    )
