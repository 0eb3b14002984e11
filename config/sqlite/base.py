"""Django's SQLite, whose writers take their turns without long sleeps in between.

SQLite itself waits for another writer by sleeping longer and longer, up to a tenth of a second.
Our transactions take a few milliseconds: who comes while one is running would wait for ten.
"""

import sqlite3
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

POLL_SECONDS = 0.001
# Whoever holds it for longer than this will not be ready in the next millisecond either.
SHORT_SECONDS = 0.05
LONG_POLL_SECONDS = 0.01


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection."""

    transaction_mode: str

    def _start_transaction_under_autocommit(self) -> None:
        seconds = self.settings_dict["OPTIONS"]["timeout"]
        began = time.monotonic()
        with self.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")
            try:
                while True:
                    try:
                        cursor.execute(f"BEGIN {self.transaction_mode}")
                        return
                    except OperationalError as error:
                        waited = time.monotonic() - began
                        if not _is_busy(error) or waited > seconds:
                            raise
                    time.sleep(POLL_SECONDS if waited < SHORT_SECONDS else LONG_POLL_SECONDS)
            finally:
                # For what is written without a transaction.
                cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _is_busy(error: OperationalError) -> bool:
    cause = error.__cause__
    # The lower byte: there are kinds of it, such as for a log that another process recovers.
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
