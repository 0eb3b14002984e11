"""Finds conversations: by title first, then by what was said, the newest first."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import BooleanField, Max, QuerySet
from django.db.models.expressions import RawSQL

from chat.access import conversations_of
from chat.models import Conversation, Message, User
from chat.search import index
from chat.search.words import folded, is_unspaced, marked, snippet, words_in

FOUND_MAX = 30
TITLES_MAX = 10_000
# Tables are joined.
POSTGRES_TEXT = index.POSTGRES_TEXT.replace("content", "chat_message.content")


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation, its title and the place that was found, in pieces (text, is it a hit)."""

    conversation: Conversation
    title: list[tuple[str, bool]]
    snippet: list[tuple[str, bool]] = field(default_factory=list)
    message_id: uuid.UUID | None = None


def search(user: User, query: str) -> list[Found]:
    """The person's conversations in which all words of the query stand, at most FOUND_MAX."""
    words = words_in(query)
    if not words:
        return []
    titled = _titled(user, words)
    hits = _newest(_said(user, words))
    others = [each for each in hits if each not in {one.id for one in titled}]
    said = conversations_of(user).in_bulk(others[: FOUND_MAX - len(titled)])
    listed = [*titled, *(said[each] for each in others if each in said)]
    texts = Message.objects.in_bulk([hits[one.id] for one in listed if one.id in hits])
    return [_found(one, texts.get(hits.get(one.id, one.id)), words) for one in listed]


def _found(conversation: Conversation, message: Message | None, words: Sequence[str]) -> Found:
    title = marked(conversation.title, words)
    if message is None:
        return Found(conversation, title)
    return Found(conversation, title, snippet(message.content, words), message.id)


def _titled(user: User, words: Sequence[str]) -> list[Conversation]:
    """Those whose titles have all words as parts, accents and case aside."""
    mine = conversations_of(user).order_by("-updated_at")
    # One person's titles are few enough to look at each; databases compare accents.
    wanted = [folded(word) for word in words]
    ids = [
        conversation_id
        for conversation_id, title in mine.values_list("id", "title")[:TITLES_MAX]
        if has_all(folded(title), wanted)
    ]
    return list(mine.filter(id__in=ids[:FOUND_MAX]))


def has_all(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)


def _said(user: User, words: Sequence[str]) -> QuerySet[Message]:
    """The person's messages in which all these words stand."""
    mine = Message.objects.filter(conversation__owner=user, conversation__deleted_at=None)
    if is_unspaced(words) or not index.is_made(connection):
        # Looks at every one: an index of words does not know parts of them.
        for word in words:
            mine = mine.filter(content__icontains=word)
        return mine
    return mine.filter(_sqlite(user, words) if connection.vendor == "sqlite" else _postgres(words))


def _sqlite(user: User, words: Sequence[str]) -> RawSQL:
    quoted = " ".join(map(index.sqlite_word, words))
    match = f'owner : "{user.id.hex}" AND text : ({quoted})'
    return RawSQL(
        "chat_message.id IN (SELECT message_id FROM chat_search "
        "JOIN chat_search_entry ON chat_search_entry.id = chat_search.rowid "
        "WHERE chat_search MATCH %s)",
        [match],
        BooleanField(),
    )


def _postgres(words: Sequence[str]) -> RawSQL:
    quoted = " & ".join(map(index.postgres_word, words))
    return RawSQL(f"{POSTGRES_TEXT} @@ to_tsquery('simple', %s)", [quoted], BooleanField())


def _newest(said: QuerySet[Message]) -> dict[uuid.UUID, uuid.UUID]:
    """The newest message of each conversation, the newest conversations first."""
    newest = dict(
        said.values_list("conversation_id")
        .annotate(newest=Max("created_at"))
        .order_by("-newest")[:FOUND_MAX]
    )
    rows = said.filter(conversation_id__in=newest, created_at__in=newest.values())
    ids = {
        conversation_id: message_id
        for message_id, conversation_id, at in rows.values_list(
            "id", "conversation_id", "created_at"
        )
        if newest[conversation_id] == at
    }
    return {each: ids[each] for each in newest if each in ids}
