"""What was said in a conversation, in order.

The messages are a tree: other versions of an answer hang on the same question, other versions of
a question on the same answer. The path from the conversation's tip through the parents is what
is shown; nothing that is off the path is lost.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db.models import Q

from chat.models import Conversation, Message


class Link(NamedTuple):
    """A message's place in the tree."""

    id: uuid.UUID
    parent_id: uuid.UUID | None
    role: str


Place = TypeVar("Place", Link, Message)


@dataclass(frozen=True, slots=True)
class Versions:
    """A message's place among the versions of the same; ``index`` counts from 1."""

    index: int = 1
    count: int = 1
    previous_id: uuid.UUID | None = None
    next_id: uuid.UUID | None = None


ALONE = Versions()


@dataclass(frozen=True, slots=True)
class Path:
    """The messages that are shown, first one first, and the versions of those that have some."""

    messages: list[Message]
    versions: dict[uuid.UUID, Versions] = field(default_factory=dict)


def links_of(conversation_id: uuid.UUID) -> list[Link]:
    """Every message's place, oldest first: the tree without its texts."""
    rows = (
        Message.objects.filter(conversation_id=conversation_id)
        .order_by("created_at")
        .values_list("id", "parent_id", "role")
    )
    return [Link(*row) for row in rows]


def path_of(links: Iterable[Link], tip_id: uuid.UUID | None) -> list[uuid.UUID]:
    """The ids from the first message to ``tip_id``, found through the parents."""
    return [link.id for link in path_to(links, tip_id)]


def path_to(places: Iterable[Place], tip_id: uuid.UUID | None) -> list[Place]:
    """From the first message to ``tip_id``, found through the parents."""
    by_id = {each.id: each for each in places}
    path: list[Place] = []
    current = by_id.get(tip_id) if tip_id else None
    while current is not None:
        path.append(current)
        current = by_id.get(current.parent_id) if current.parent_id else None
    path.reverse()
    return path


def versions_in(links: Iterable[Link]) -> dict[uuid.UUID, Versions]:
    """The versions of every message that has more than one."""
    siblings: dict[tuple[uuid.UUID | None, str], list[uuid.UUID]] = {}
    for link in links:
        siblings.setdefault((link.parent_id, link.role), []).append(link.id)
    return {
        message_id: place(ids, index)
        for ids in siblings.values()
        if len(ids) > 1
        for index, message_id in enumerate(ids)
    }


def place(ids: Sequence[uuid.UUID], index: int) -> Versions:
    """The place of ``ids[index]`` among these versions, oldest first."""
    return Versions(
        index=index + 1,
        count=len(ids),
        previous_id=ids[index - 1] if index > 0 else None,
        next_id=ids[index + 1] if index + 1 < len(ids) else None,
    )


def versions_of(message: Message) -> Versions:
    """The place of this one message among its versions."""
    ids = list(
        Message.objects.filter(
            conversation_id=message.conversation_id, parent_id=message.parent_id, role=message.role
        )
        .order_by("created_at")
        .values_list("id", flat=True)
    )
    return place(ids, ids.index(message.id)) if message.id in ids else ALONE


def versions_at_first(messages: Iterable[Message]) -> dict[uuid.UUID, Versions]:
    """The place that each of these had when it was the newest version: that never changes."""
    asked = list(messages)
    if not asked:
        return {}
    parents = {each.parent_id for each in asked if each.parent_id}
    rows = (
        Message.objects.filter(conversation_id__in={each.conversation_id for each in asked})
        .filter(Q(parent__in=parents) | Q(parent=None))
        .order_by("created_at")
        .values_list("conversation_id", "parent_id", "role", "id", "created_at")
    )
    siblings: dict[tuple[object, ...], list[tuple[uuid.UUID, datetime]]] = {}
    for conversation_id, parent_id, role, message_id, created_at in rows:
        family = siblings.setdefault((conversation_id, parent_id, role), [])
        family.append((message_id, created_at))
    found: dict[uuid.UUID, Versions] = {}
    for each in asked:
        known = siblings.get((each.conversation_id, each.parent_id, each.role), [])
        earlier = [message_id for message_id, created in known if created < each.created_at]
        found[each.id] = place([*earlier, each.id], len(earlier))
    return found


def newest_below(links: Iterable[Link], message_id: uuid.UUID) -> uuid.UUID:
    """The newest last message of all that follow this one, in any version; else itself."""
    order: dict[uuid.UUID, int] = {}
    below: dict[uuid.UUID | None, list[uuid.UUID]] = {}
    for index, link in enumerate(links):
        order[link.id] = index
        below.setdefault(link.parent_id, []).append(link.id)
    ends, waiting = [], [message_id]
    while waiting:
        current = waiting.pop()
        followers = below.get(current, [])
        waiting += followers
        if not followers:
            ends.append(current)
    return max(ends, key=lambda each: order.get(each, -1))


def read_path(conversation: Conversation) -> Path:
    """All that is shown of this conversation."""
    links = links_of(conversation.id)
    return Path(read_messages(path_of(links, conversation.tip_id)), versions_in(links))


def read_after(conversation: Conversation, after: uuid.UUID | None, *, at_most: int) -> Path | None:
    """What is shown after this message, or from the beginning; None where that is too much, or
    where that message is not shown."""
    links = links_of(conversation.id)
    ids = path_of(links, conversation.tip_id)
    if after is not None:
        if after not in ids:
            return None
        ids = ids[ids.index(after) + 1 :]
    return Path(read_messages(ids), versions_in(links)) if len(ids) <= at_most else None


def read_messages(ids: Sequence[uuid.UUID]) -> list[Message]:
    """These messages in this order; the texts of other versions are not read."""
    rows = Message.objects.in_bulk(ids)
    return [rows[each] for each in ids if each in rows]


@dataclass(frozen=True, slots=True)
class News:
    """What a page that ends with a certain message does not show yet.

    Where that message is not shown any more, ``has_moved``: everything after ``fork_id`` (None:
    from the beginning) is another than on that page. ``unfinished`` are replies to be followed.
    """

    later: Path
    unfinished: list[uuid.UUID]
    has_moved: bool = False
    fork_id: uuid.UUID | None = None
    tip_id: uuid.UUID | None = None


def news(conversation_id: uuid.UUID, last_id: uuid.UUID | None) -> News:
    """What is new to a page that ends with this message; without one only what is unfinished."""
    conversation = Conversation.objects.get(id=conversation_id)
    waiting = Message.objects.filter(
        conversation_id=conversation_id, status=Message.Status.PROCESSING
    ).values_list("id", flat=True)
    unfinished = set(waiting)
    if last_id in (None, conversation.tip_id) and unfinished <= {conversation.tip_id}:
        return News(Path([]), list(unfinished), tip_id=conversation.tip_id)
    links = links_of(conversation_id)
    shown = path_of(links, conversation.tip_id)
    unfinished_shown = [each for each in shown if each in unfinished]
    if last_id is None:
        return News(Path([]), unfinished_shown, tip_id=conversation.tip_id)
    if last_id in shown:
        later = read_messages(shown[shown.index(last_id) + 1 :])
        return News(Path(later, versions_in(links)), unfinished_shown, tip_id=conversation.tip_id)
    known = set(shown)
    common = [each for each in path_of(links, last_id) if each in known]
    return News(
        Path([]),
        unfinished_shown,
        has_moved=True,
        fork_id=common[-1] if common else None,
        tip_id=conversation.tip_id,
    )


def newest_of(
    conversation_ids: Iterable[uuid.UUID], *, before: datetime
) -> dict[uuid.UUID, uuid.UUID | None]:
    """The newest message of each of these conversations that rests since ``before``."""
    rows = Conversation.objects.filter(
        id__in=set(conversation_ids), updated_at__lt=before, deleted_at=None
    )
    return dict(rows.values_list("id", "tip_id"))


def is_deleted(message_id: uuid.UUID) -> bool:
    """Whether there is no such message any more."""
    return not Message.objects.filter(id=message_id).exists()
