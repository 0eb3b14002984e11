"""A part of a long conversation: the page shows the newest messages, earlier ones when asked."""

import uuid
from dataclasses import dataclass

from chat.history import Path, links_of, path_of, read_messages, versions_in
from chat.models import Conversation, Message

WINDOW_MESSAGES = 60
# What stands before a message that was looked for.
LEAD_MESSAGES = 4
# So many are shown at once where somebody wants to see an early one and everything after it.
WHOLE_MESSAGES = 200


@dataclass(frozen=True, slots=True)
class Window:
    """Messages that follow each other, and whether there are more on either side."""

    path: Path
    has_earlier: bool = False
    has_later: bool = False

    @property
    def last_id(self) -> uuid.UUID | None:
        return self.path.messages[-1].id if self.path.messages else None

    @property
    def first_id(self) -> uuid.UUID | None:
        return self.path.messages[0].id if self.path.messages else None


def newest(conversation: Conversation) -> Window:
    """The end of the conversation."""
    tree = _Tree(conversation)
    return tree.window(len(tree.ids) - WINDOW_MESSAGES, len(tree.ids))


def before(conversation: Conversation, message_id: uuid.UUID) -> Window | None:
    """What was said just before this message; None where it is not on the path."""
    tree = _Tree(conversation)
    index = tree.index(message_id)
    return None if index is None else tree.window(index - WINDOW_MESSAGES, index)


def around(conversation: Conversation, message_id: uuid.UUID) -> Window | None:
    """This message and what follows it, to the end where that is not far."""
    tree = _Tree(conversation)
    index = tree.index(message_id)
    if index is None:
        return None
    start = max(0, index - LEAD_MESSAGES)
    is_near = len(tree.ids) - start <= WHOLE_MESSAGES
    return tree.window(start, len(tree.ids) if is_near else start + WINDOW_MESSAGES)


class _Tree:
    """The conversation's messages without their texts."""

    def __init__(self, conversation: Conversation) -> None:
        self._links = links_of(conversation.id)
        self.ids = path_of(self._links, conversation.tip_id)

    def index(self, message_id: uuid.UUID) -> int | None:
        return self.ids.index(message_id) if message_id in self.ids else None

    def window(self, start: int, end: int) -> Window:
        first = self._from_question(max(0, start))
        path = Path(read_messages(self.ids[first:end]), versions_in(self._links))
        return Window(path, has_earlier=first > 0, has_later=end < len(self.ids))

    def _from_question(self, index: int) -> int:
        """A window begins with what a person said."""
        roles = {link.id: link.role for link in self._links}
        while index > 0 and roles[self.ids[index]] != Message.Role.USER:
            index -= 1
        return index
