"""`.env.example` lists every variable, and the defaults that the code has."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from config import budgets, env, limits, settings
from config.local import checks
from tests.local.processes import BASE_DIR

READ = re.compile(
    r'(?:env\.str|not_negative|positive|positive_int|flag|dollars|words|networks|is_given)\(\s*"([A-Z_]+)"'
)
LISTED = re.compile(r"^#([A-Z_]+)=(.*)$", re.M)

# Not read by the settings: used by `make run` itself.
START = {"HOST": checks.DEFAULT_HOST, "PORT": checks.DEFAULT_PORT}
NUMBERS = [
    "CHAT_MESSAGE_MAX_CHARS",
    "CHAT_RATE_PER_MINUTE",
    "CHAT_RATE_PER_ADDRESS",
    "CHAT_REPLIES_PER_PERSON",
    "CHAT_CONNECTIONS_PER_PERSON",
    "CHAT_CONNECTIONS_PER_ADDRESS",
    "CHAT_REQUESTS_PER_PERSON",
    "CHAT_REQUESTS_PER_ADDRESS",
    "CHAT_SIGN_INS_PER_ADDRESS",
    "CHAT_SIGN_UPS_PER_ADDRESS",
    "CHAT_BODY_MAX_BYTES",
    "CHAT_FIRST_TOKEN_TIMEOUT_SECONDS",
    "CHAT_TOKEN_GAP_TIMEOUT_SECONDS",
    "CHAT_REPLY_TIMEOUT_SECONDS",
    "CHAT_CACHE_SECONDS",
    "CHAT_CACHE_MEGABYTES",
    "CHAT_INSTANT_WORDS_PER_SECOND",
    "CHAT_BREAKER_FAILURES",
    "CHAT_BREAKER_WINDOW_SECONDS",
    "CHAT_BREAKER_OPEN_SECONDS",
    "CHAT_BREAKER_REFUSED_SECONDS",
    "STREAM_LOG_TTL_SECONDS",
    "WORKER_LEASE_SECONDS",
    "WORKER_DRAIN_SECONDS",
    "WEB_DRAIN_SECONDS",
]


SOURCES = [Path(str(module.__file__)) for module in (settings, limits, budgets, env)]


def listed() -> dict[str, str]:
    return dict(LISTED.findall((BASE_DIR / ".env.example").read_text()))


def test_every_variable_is_listed_and_no_other() -> None:
    read = {name for source in SOURCES for name in READ.findall(source.read_text())}
    assert set(listed()) == read | set(START)


def test_every_variable_has_help_before_it() -> None:
    lines = (BASE_DIR / ".env.example").read_text().splitlines()
    for before, line in pairwise(lines):
        if LISTED.match(line):
            assert before.startswith("#"), f"{line} stands alone"


@pytest.mark.parametrize("name", NUMBERS)
def test_the_number_in_the_example_is_the_default(name: str) -> None:
    source = "".join(path.read_text() for path in SOURCES)
    default = re.search(rf'"{name}", ([\d_]+)\)', source)
    assert default
    assert int(default[1]) == int(listed()[name])


def test_the_start_has_the_defaults_of_the_example() -> None:
    assert {name: listed()[name] for name in START} == START
