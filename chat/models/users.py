"""People."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class User(AbstractUser):
    """A person who can sign in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta(AbstractUser.Meta):
        constraints = [
            # The same word in other letters would be taken for the same person.
            models.UniqueConstraint(Lower("username"), name="one_name_in_any_case"),
        ]
