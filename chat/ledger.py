"""The ledger: what every call to a model cost, per person, key, assistant, model and day.

Whoever saves what was paid for enters it here in the same transaction, so that the sums are those
of the tries that are kept, to the last digit, whatever dies in between.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Field

from chat.models import Spending, User
from chat.models.costs import in_units

KEY = ("person", "day", "assistant", "api_key", "provider", "model", "purpose")
SUMS = (
    "calls", "unpriced_calls", "input_tokens", "output_tokens", "cached_tokens", "cost_units",
    "estimated_units",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Charge:
    """Calls that were made for somebody; ``tries`` as they are kept with a reply.

    ``api_key`` is the id of the key by which they were asked for, empty where there is none.
    """

    person_id: uuid.UUID | None
    when: datetime
    tries: Sequence[Mapping[str, Any]]
    purpose: str = Spending.Purpose.REPLY
    assistant: str = ""
    api_key: str = ""

    @property
    def day(self) -> date:
        return self.when.astimezone(UTC).date()


Key = tuple[uuid.UUID | None, date, str, str, str, str, str]


def enter(charges: Iterable[Charge]) -> None:
    """Add these to the ledger. Call it in the transaction that saves what they are for, last.

    A model that was not asked, because its circuit was open, is no call.
    """
    sums: dict[Key, list[int]] = {}
    for charge in charges:
        for one in charge.tries:
            if one.get("began_at") is None:
                continue
            key = (
                charge.person_id,
                charge.day,
                charge.assistant,
                charge.api_key,
                str(one["provider"]),
                str(one["model"]),
                str(charge.purpose),
            )
            line = sums.setdefault(key, [0] * len(SUMS))
            for place, amount in enumerate(_amounts(one)):
                line[place] += amount
    if sums:
        _add(sums)


def _amounts(one: Mapping[str, Any]) -> tuple[int, ...]:
    cost = one.get("cost_usd")
    units = 0 if cost is None else in_units(Decimal(cost))
    return (
        1,
        int(cost is None),
        one.get("input_tokens") or 0,
        one.get("output_tokens") or 0,
        one.get("cached_tokens") or 0,
        units,
        units if one.get("is_estimated") else 0,
    )


def _add(sums: dict[Key, list[int]]) -> None:
    people = {key[0] for key in sums if key[0] is not None}
    # Somebody whose account was deleted meanwhile: it was spent all the same.
    known = set(User.objects.filter(id__in=people).values_list("id", flat=True))
    merged: dict[Key, list[int]] = {}
    for key, line in sums.items():
        kept: Key = key if key[0] in known else (None, *key[1:])
        before = merged.get(kept, [0] * len(SUMS))
        merged[kept] = [a + b for a, b in zip(before, line, strict=True)]
    # In one order everywhere: two transactions never wait for each other.
    rows = sorted(merged.items(), key=lambda item: tuple(map(str, item[0])))
    quote = connection.ops.quote_name
    fields: list[Field[Any, Any]] = [Spending._meta.get_field(name) for name in (*KEY, *SUMS)]  # type: ignore[misc]
    columns = [quote(str(field.column)) for field in fields]
    table = quote(Spending._meta.db_table)
    key_columns, sum_columns = columns[: len(KEY)], columns[len(KEY) :]
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in sum_columns)
    with connection.cursor() as cursor:
        # Every name in it is one of the model's own.
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) "
            f"VALUES ({', '.join(['%s'] * len(columns))}) "
            f"ON CONFLICT ({', '.join(key_columns)}) DO UPDATE SET {added}",
            [
                [
                    field.get_db_prep_save(value, connection)
                    for field, value in zip(fields, (*key, *line), strict=True)
                ]
                for key, line in rows
            ],
        )
