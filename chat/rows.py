"""Writing many rows at once, each with values of its own, by few prepared statements.

`bulk_create` builds an expression per row and field, `bulk_update` a CASE: for two hundred people
at once that costs more than everything else in the transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import Field, Model

Row = TypeVar("Row")

# Rows in one statement. SQLite takes 32,766 values in one, and remembers a statement per number
# of rows: these are few.
AT_ONCE = (64, 32, 16, 8, 4, 2, 1)
# What such a field holds goes to the database as it is.
PLAIN_FIELDS = (models.CharField, models.TextField, models.IntegerField, models.BooleanField)
PLAIN_TYPES = frozenset({str, int, bool})


def insert_rows(model: type[Model], rows: Sequence[Any]) -> None:
    """Insert these instances; nothing is read back, and no signal is sent."""
    fields = list(model._meta.concrete_fields)
    columns = ", ".join(_quoted(field) for field in fields)
    into = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({columns}) VALUES "
    place = f"({', '.join(['%s'] * len(fields))})"
    prepared = _Prepared(fields)
    with connection.cursor() as cursor:
        for some in _parts(rows):
            values = [value for row in some for value in prepared(row)]
            cursor.execute(into + ", ".join([place] * len(some)), values)
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def update_rows(model: type[Model], names: Sequence[str], rows: Sequence[Any]) -> None:
    """Write these fields of each row (any object with them and an ``id``)."""
    if not rows:
        return
    fields: list[Field[Any, Any]] = [model._meta.get_field(name) for name in [*names, "id"]]  # type: ignore[misc]
    assignments = ", ".join(f"{_quoted(field)} = %s" for field in fields[:-1])
    table = connection.ops.quote_name(model._meta.db_table)
    prepared = _Prepared(fields)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {assignments} WHERE id = %s", [prepared(row) for row in rows]
        )


def _quoted(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    begun = 0
    for count in AT_ONCE:
        while len(rows) - begun >= count:
            yield rows[begun : begun + count]
            begun += count


class _Prepared:
    """Gives a row's values as the database takes them."""

    def __init__(self, fields: Sequence["Field[Any, Any]"]) -> None:
        self._fields: list[tuple[str, Callable[..., Any], bool]] = [
            (field.attname, field.get_db_prep_save, isinstance(field, PLAIN_FIELDS))
            for field in fields
        ]

    def __call__(self, row: Any) -> list[Any]:
        values = []
        for name, prepare, is_plain in self._fields:
            value = getattr(row, name)
            if value is not None and not (is_plain and type(value) in PLAIN_TYPES):
                value = prepare(value, connection)
            values.append(value)
        return values
