"""What a migration may do while the version before it still writes to the tables."""

from django.db import models
from django.db.migrations import AddField
from django.db.migrations.loader import MigrationLoader

# Everything that was there before there was a version to be deployed over.
FIRST_VERSION = 13


def writable_without(field: models.Field) -> bool:
    """Whether a row can be written by who has not heard of this column."""
    return field.null or field.has_db_default() or field.many_to_many is True


def test_a_new_column_can_be_left_out() -> None:
    loader = MigrationLoader(None)
    for (app, name), migration in loader.disk_migrations.items():
        if app != "chat" or int(name.partition("_")[0]) <= FIRST_VERSION:
            continue
        for added in migration.operations:
            if isinstance(added, AddField):
                assert writable_without(added.field), f"{name}: {added.model_name}.{added.name}"


def test_what_cannot_be_left_out_is_told() -> None:
    assert not writable_without(models.IntegerField(default=0))
    assert writable_without(models.IntegerField(null=True))
    assert writable_without(models.IntegerField(db_default=0))
