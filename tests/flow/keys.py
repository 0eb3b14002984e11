"""API keys of the people who use a stack."""

import re

from tests.flow.people import Person

MAKE = """
from chat.keys import Wish, make
from chat.models import User
print(make(User.objects.get(username="{name}"), Wish(name="a test", rate_per_minute=10_000))[1])
"""


def key_of(person: Person) -> str:
    """A new key with all scopes."""
    made = person.stack.run("manage.py", "shell", "-c", MAKE.format(name=person.name))
    assert made.status(seconds=60) == 0, made.printed
    found = re.search(r"^rvl_\S+$", made.printed, re.MULTILINE)
    assert found, made.printed
    return found[0]
