"""API keys of a program, for tests."""

import re
from typing import Any

from chat import keys
from chat.models import ApiKey, User

SECRET = re.compile(r"rvl_[A-Za-z0-9_-]{40,}")


def made(owner: User, **fields: Any) -> tuple[ApiKey, str]:
    """A key, and its secret."""
    key = ApiKey(owner=owner, name="A program", **fields)
    return key, keys.make(key)
