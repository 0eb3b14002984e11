"""Brings the database up to date."""

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.migrations.executor import MigrationExecutor

from config.local.supervisor import StartFailed


def migrate() -> int:
    """Apply what is missing; returns how many migrations that were. Raises StartFailed."""
    connection = connections[DEFAULT_DB_ALIAS]
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            call_command("migrate", verbosity=0, interactive=False)
        return len(missing)
    except Error as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise StartFailed(f"The database cannot be used: {reason}.") from error
    finally:
        connection.close()
