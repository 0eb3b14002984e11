"""`python -m tests.flow.long_ago NAME CONVERSATIONS MESSAGES`: much that was said long ago.

Prints the conversations' ids.
"""

import os
import sys
import uuid
from datetime import UTC, datetime, timedelta

import django

BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
ANSWER = """## Answer {number}

Because of **gravity**; see `flow()`:

```python
def flow(height):
    return height - {number}
```

* one stone
* two stones

And so on, in as many words as an answer usually has, which say something in the end.
"""


def main(name: str, conversations: int, messages: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from chat.models import Conversation, Message, User

    owner = User.objects.get(username=name)
    for number in range(conversations):
        moment = BEGIN + timedelta(minutes=number)
        conversation = Conversation.objects.create(
            owner=owner, title=f"Long ago {number}", created_at=moment, updated_at=moment
        )
        said: list[Message] = []
        for place in range(messages):
            is_reply = place % 2 == 1
            said.append(
                Message(
                    conversation=conversation,
                    parent=said[-1] if said else None,
                    role=Message.Role.ASSISTANT if is_reply else Message.Role.USER,
                    content=ANSWER.format(number=place) if is_reply else f"Question {place}?",
                    author=None if is_reply else owner,
                    client_id=None if is_reply else uuid.uuid4().hex,
                    created_at=moment + timedelta(seconds=place),
                    output_tokens=90 if is_reply else None,
                )
            )
        Message.objects.bulk_create(said)
        conversation.tip = said[-1]
        conversation.save(update_fields=["tip"])
        print(conversation.id)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
