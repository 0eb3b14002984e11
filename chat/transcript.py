"""A conversation with all its versions, for those who look after the service."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from chat.explained import explained
from chat.history import ALONE, Versions, links_of, path_of, versions_in
from chat.models import Conversation, Feedback, Message


@dataclass(frozen=True, slots=True)
class Entry:
    """A message and its place among its versions; ``is_shown`` to its owner at this moment."""

    message: Message
    versions: Versions
    is_shown: bool
    feedback: list[Feedback]
    # Why its model was chosen, in words.
    route: list[str]


def transcript(conversation: Conversation) -> list[Entry]:
    """Every message, each followed by what was said after it; older versions first."""
    links = links_of(conversation.id)
    shown = set(path_of(links, conversation.tip_id))
    versions = versions_in(links)
    messages = (
        conversation.messages.select_related("prompt__assistant")
        .prefetch_related("feedback__person")
        .in_bulk()
    )
    followers: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for link in links:
        followers.setdefault(link.parent_id, []).append(link.id)
    return [
        Entry(
            message=messages[message_id],
            versions=versions.get(message_id, ALONE),
            is_shown=message_id in shown,
            feedback=list(messages[message_id].feedback.all()),
            route=explained(messages[message_id]),
        )
        for message_id in _in_order(followers)
        if message_id in messages
    ]


def _in_order(followers: dict[uuid.UUID | None, list[uuid.UUID]]) -> Iterator[uuid.UUID]:
    waiting = list(reversed(followers.get(None, [])))
    while waiting:
        current = waiting.pop()
        yield current
        waiting += reversed(followers.get(current, []))
