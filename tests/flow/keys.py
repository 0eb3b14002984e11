"""API keys of the people who use a stack."""

import re

from tests.flow.people import Person

MAKE = """
from chat.keys import make
from chat.models import ApiKey, User
owner = User.objects.get(username="{name}")
print(make(ApiKey(owner=owner, name="a test", rate_per_minute=10_000)))
"""


def key_of(person: Person) -> str:
    """A new key with all scopes."""
    made = person.stack.run("manage.py", "shell", "-c", MAKE.format(name=person.name))
    assert made.status(seconds=60) == 0, made.printed
    found = re.search(r"^rvl_\S+$", made.printed, re.MULTILINE)
    assert found, made.printed
    return found[0]
