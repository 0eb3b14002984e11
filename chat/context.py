"""What an app tells of the person beside a message: bounded, one line each, never trusted.

It goes into prompts and nowhere else; no right and no id is taken from it.
"""

import re
import unicodedata
import zoneinfo
from collections.abc import Mapping

# The page's script puts the person's time zone into it.
ZONE_COOKIE = "zone"
VALUE_MAX_CHARS = 100
# More is not looked at: the rest of a long text would be cut anyway.
_READ_MAX_CHARS = 1000
# BCP 47, as far as it says which language.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\Z")
# Controls, invisible formatting, surrogates, private use and what is not assigned.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def one_line(value: object) -> str:
    """A text without line ends and unseen characters, at most `VALUE_MAX_CHARS` long."""
    if not isinstance(value, str):
        return ""
    seen = (
        " " if unicodedata.category(char) in _UNSEEN else char for char in value[:_READ_MAX_CHARS]
    )
    return " ".join("".join(seen).split())[:VALUE_MAX_CHARS].rstrip()


def sanitised(
    told: Mapping[str, object] | None, *, language: str = "", time_zone: str = ""
) -> dict[str, str]:
    """What is kept with a message; empty values are left out.

    ``language`` and ``time_zone`` are the page's own, for where the app tells none.
    """
    given = told or {}
    values = {
        "language": _language(given.get("language")) or _language(language),
        "time_zone": _zone(given.get("time_zone")) or _zone(time_zone),
        "location": one_line(given.get("location")),
    }
    return {name: value for name, value in values.items() if value}


def _language(value: object) -> str:
    return value if isinstance(value, str) and _LANGUAGE.match(value) else ""


def _zone(value: object) -> str:
    if not isinstance(value, str) or len(value) > VALUE_MAX_CHARS:
        return ""
    try:
        return zoneinfo.ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        # No zone, no name, or the name of a folder of zones.
        return ""
