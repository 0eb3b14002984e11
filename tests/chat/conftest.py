"""Who is signed in, and an assistant, for tests of the pages."""

from typing import Any

import pytest
from django.test import Client

from chat.assistants import write_prompt
from chat.models import Assistant, User


@pytest.fixture
def plain_static_files(settings: Any) -> None:
    # Hashed names need `collectstatic`, which has its own test.
    storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}


@pytest.fixture
def signed_in(client: Client, person: User) -> Client:
    """The browser of the module's own ``person``."""
    client.force_login(person)
    return client


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("keeper", password="x"))
    return client


@pytest.fixture
def cook() -> Assistant:
    made = Assistant.objects.create(
        name="Cook",
        picture="🍳",
        description="Knows what is in the fridge",
        starters="What can I make of eggs?\nA dinner for two & more",
    )
    write_prompt(made, "You cook for {name}.", None)
    return made
