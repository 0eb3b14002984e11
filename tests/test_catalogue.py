"""Model lists of the environment: what they mean, and what is wrong with them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import catalogue
from config.catalogue import CatalogueError

ROOT = Path(__file__).resolve().parent.parent
NOTHING: dict[str, Any] = {
    "cloud": [],
    "regional": [],
    "keys": {"anthropic": False, "openai": False},
    "openai_base_url": "",
    "local_model": None,
}


def read(**words: Any) -> catalogue.Catalogue:
    return catalogue.read(**(NOTHING | words))


def test_without_anything_the_local_model_answers() -> None:
    assert read().needs_local_model
    assert str(read().default) == f"local:{catalogue.LOCAL_MODEL}"


def test_a_key_is_enough_and_claude_comes_first() -> None:
    models = read(keys={"anthropic": True, "openai": True})
    assert [model.provider for model in models.cloud] == ["anthropic", "openai"]
    assert [model.provider for model in models.regional] == ["anthropic", "openai"]
    assert not models.needs_local_model


def test_the_local_model_that_no_list_names_is_for_when_nobody_else_answers() -> None:
    key = {"anthropic": True, "openai": False}
    models = read(keys=key, local_model=True)
    assert models.spare == (catalogue.LOCAL,)
    assert catalogue.LOCAL not in models.regional
    named = read(keys=key, cloud=["anthropic:x"], regional=["local:x"], local_model=True)
    assert (named.regional, named.spare) == ((catalogue.LOCAL,), ())


def test_a_compatible_server_needs_no_key() -> None:
    models = read(cloud=["openai:llama3.2:1b"], openai_base_url="http://127.0.0.1:11434/v1")
    assert models.default.name == "llama3.2:1b"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"cloud": ["gpt"]}, "'gpt' is not of the form provider:model"),
        ({"cloud": ["openai:"]}, "not of the form"),
        ({"regional": ["acme:x"]}, "CHAT_REGIONAL_MODELS: unknown provider 'acme'"),
        ({"cloud": ["openai:x"]}, "needs OPENAI_API_KEY or OPENAI_BASE_URL"),
        ({"cloud": ["anthropic:x"]}, "needs ANTHROPIC_API_KEY"),
        ({"cloud": ["local:x", "local:x"]}, "stands there twice"),
        (
            {"cloud": ["openai:x"], "regional": ["openai:x"], "openai_base_url": "http://x"},
            "CHAT_REGIONAL_MODELS: 'openai:x' stands in CHAT_CLOUD_MODELS too",
        ),
        ({"local_model": False}, "no model is configured"),
        ({"openai_base_url": "http://127.0.0.1:1"}, "no model is named"),
    ],
)
def test_a_wrong_list_says_what_is_wrong(words: dict[str, Any], told: str) -> None:
    with pytest.raises(CatalogueError, match=told):
        read(**words)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"CHAT_RATE_PER_MINUTE": "many"}, "CHAT_RATE_PER_MINUTE must be a number"),
        ({"CHAT_RATE_PER_MINUTE": "0"}, "CHAT_RATE_PER_MINUTE must be greater than 0"),
        ({"CHAT_MESSAGE_MAX_CHARS": "1.5"}, "CHAT_MESSAGE_MAX_CHARS must be a whole number"),
        ({"DEBUG": "perhaps"}, "DEBUG must be 1 or 0"),
        ({"REDIS_URL": "localhost"}, "REDIS_URL must start with"),
        ({"DATABASE_URL": "oracle://x/y"}, "DATABASE_URL"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must be"),
        ({"CHAT_CLOUD_MODELS": "gpt"}, "not of the form provider:model"),
        ({"CHAT_CLOUD_MODELS": "acme:x"}, "unknown provider 'acme'"),
        ({"CHAT_REGIONAL_MODELS": " , "}, "CHAT_REGIONAL_MODELS is set but names no model"),
        ({"CHAT_BREAKER_FAILURES": "0"}, "CHAT_BREAKER_FAILURES must be greater than 0"),
        ({"CHAT_REPLY_TIMEOUT_SECONDS": "soon"}, "CHAT_REPLY_TIMEOUT_SECONDS must be a number"),
        ({"CHAT_HEDGE": "perhaps"}, "CHAT_HEDGE must be 1 or 0"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    variables: dict[str, str], told: str
) -> None:
    stopped = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env=os.environ | variables, capture_output=True, text=True,
    )  # fmt: skip
    assert stopped.returncode == 2
    assert told in stopped.stderr
    assert len(stopped.stderr.strip().splitlines()) == 1
