"""Django's SQLite, whose writers take their turns without long sleeps in between.

SQLite itself waits for another writer by sleeping longer and longer, up to a tenth of a second.
Our transactions take a few milliseconds: who comes while one is running would wait for ten.
"""

import sqlite3
import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

POLL_SECONDS = 0.001


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection."""

    transaction_mode: str

    def _start_transaction_under_autocommit(self) -> None:
        seconds = self.settings_dict["OPTIONS"]["timeout"]
        deadline = time.monotonic() + seconds
        with self.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 0")
            try:
                while True:
                    try:
                        cursor.execute(f"BEGIN {self.transaction_mode}")
                        return
                    except OperationalError as error:
                        if not _is_busy(error) or time.monotonic() > deadline:
                            raise
                    time.sleep(POLL_SECONDS)
            finally:
                # For what is written without a transaction.
                cursor.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")


def _is_busy(error: OperationalError) -> bool:
    cause = error.__cause__
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode == sqlite3.SQLITE_BUSY
