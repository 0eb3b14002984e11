"""What staff search: everybody's messages, by the same index as a person's own."""

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from chat.models import Message
from chat.search import index
from chat.search.words import is_unspaced


def said(word: str) -> QuerySet[Message]:
    """Messages with a word that begins like this one. Made to stand inside another query."""
    if is_unspaced([word]) or not index.is_made(connection):
        return Message.objects.filter(content__icontains=word)
    if connection.vendor == "sqlite":
        ids = RawSQL(
            "SELECT message_id FROM chat_search_entry WHERE id IN"
            " (SELECT rowid FROM chat_search WHERE chat_search MATCH %s)",
            [f"text : {index.sqlite_word(word)}"],
        )
        return Message.objects.filter(id__in=ids)
    found = f"{index.POSTGRES_TEXT} @@ to_tsquery('simple', %s)"
    return Message.objects.filter(RawSQL(found, [index.postgres_word(word)], BooleanField()))
