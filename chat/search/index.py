"""The full-text index, which the database itself keeps up to date.

SQLite: an FTS5 table, filled by triggers. A migration that changes a table builds it anew
and loses its triggers, so they are taken away before every migration and made again after it.
PostgreSQL: an index on an expression.

What SQLite's index holds is the words, not the texts; ``chat_search_entry`` gives each message
the number that FTS5 needs. The owner is a word of each entry: other people's are never read.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

# More than any message that is sent; a longer reply is found by its beginning. PostgreSQL
# refuses a row whose index entry would be longer than a megabyte.
INDEXED_CHARS = 100_000

TABLES = """
CREATE TABLE chat_search_entry (
  id integer PRIMARY KEY, message_id char(32) NOT NULL UNIQUE, owner_id char(32) NOT NULL);
CREATE VIRTUAL TABLE chat_search USING fts5(
  text, owner, content='', tokenize="unicode61 remove_diacritics 2", prefix='2 3');
"""
ADD = """
  INSERT INTO chat_search_entry (message_id, owner_id)
    SELECT {new}.id, owner_id FROM chat_conversation
    WHERE id = {new}.conversation_id AND {new}.content <> '';
  INSERT INTO chat_search (rowid, text, owner)
    SELECT id, substr({new}.content, 1, {chars}), owner_id FROM chat_search_entry
    WHERE message_id = {new}.id;
""".replace("{chars}", str(INDEXED_CHARS))
# FTS5 is told the old text: it keeps none.
REMOVE = """
  INSERT INTO chat_search (chat_search, rowid, text, owner)
    SELECT 'delete', id, substr(old.content, 1, {chars}), owner_id FROM chat_search_entry
    WHERE message_id = old.id;
  DELETE FROM chat_search_entry WHERE message_id = old.id;
""".replace("{chars}", str(INDEXED_CHARS))
TRIGGERS = {
    "chat_search_added": f"AFTER INSERT ON chat_message BEGIN {ADD.replace('{new}', 'new')} END",
    "chat_search_changed": (
        "AFTER UPDATE OF content ON chat_message WHEN old.content <> new.content "
        f"BEGIN {REMOVE} {ADD.replace('{new}', 'new')} END"
    ),
    "chat_search_removed": f"AFTER DELETE ON chat_message BEGIN {REMOVE} END",
}
FILL = f"""
INSERT INTO chat_search_entry (message_id, owner_id)
  SELECT m.id, c.owner_id FROM chat_message m JOIN chat_conversation c ON c.id = m.conversation_id
  WHERE m.content <> '';
INSERT INTO chat_search (rowid, text, owner)
  SELECT e.id, substr(m.content, 1, {INDEXED_CHARS}), e.owner_id
  FROM chat_search_entry e JOIN chat_message m ON m.id = e.message_id;
"""
CLEAR = """
DELETE FROM chat_search_entry;
INSERT INTO chat_search (chat_search) VALUES ('delete-all');
"""
POSTGRES_TEXT = f"to_tsvector('simple', left(content, {INDEXED_CHARS}))"
POSTGRES = (
    f"CREATE INDEX IF NOT EXISTS chat_message_search ON chat_message USING gin ({POSTGRES_TEXT})"
)


def before_migration(*, plan: Any, using: str, **_: object) -> None:
    """Take the triggers away: they name tables that are about to be built anew."""
    from django.db import connections

    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def after_migration(*, using: str, **_: object) -> None:
    """Make the index where it is missing, and fill it."""
    from django.db import connections

    connection = connections[using]
    tables = connection.introspection.table_names()
    if "chat_message" not in tables:
        return
    if connection.vendor == "sqlite":
        _make_sqlite(connection, is_new="chat_search_entry" not in tables)
    else:
        with connection.cursor() as cursor:
            cursor.execute(POSTGRES)


def _make_sqlite(connection: BaseDatabaseWrapper, *, is_new: bool) -> None:
    with connection.cursor() as cursor:
        if not _has_fts5(cursor) or (not is_new and _has_triggers(cursor)):
            return
        for statement in _statements(TABLES if is_new else CLEAR) + _statements(FILL):
            cursor.execute(statement)
        for name, body in TRIGGERS.items():
            cursor.execute(f"CREATE TRIGGER {name} {body}")


def is_made(connection: BaseDatabaseWrapper) -> bool:
    """Whether there is an index; SQLite may have been built without FTS5."""
    if connection.vendor != "sqlite":
        return True
    with connection.cursor() as cursor:
        return _has_triggers(cursor)


def sqlite_word(word: str) -> str:
    """A word, or its beginning, for FTS5."""
    # A string in double quotes, which are doubled inside it: nothing is an operator.
    return '"' + word.replace('"', '""') + '"*'


def postgres_word(word: str) -> str:
    """A word, or its beginning, for `to_tsquery`."""
    # Quotes and backslashes doubled: nothing is an operator.
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "':*"


def _has_fts5(cursor: Any) -> bool:
    cursor.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'")
    return cursor.fetchone() is not None


def _has_triggers(cursor: Any) -> bool:
    names = ", ".join(f"'{name}'" for name in TRIGGERS)
    cursor.execute(
        f"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name IN ({names})"
    )
    return bool(cursor.fetchone()[0] == len(TRIGGERS))


def _statements(script: str) -> list[str]:
    return [statement for statement in script.split(";") if statement.strip()]
