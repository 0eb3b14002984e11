"""Named endpoints of the environment: what they mean, and what is wrong with them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import catalogue
from config.endpoints import Endpoint, EndpointError, read
from tests.test_catalogue import read as read_catalogue

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {"GPU_KEY": "sk-secret", "EMPTY_KEY": ""}


def test_several_servers_have_names() -> None:
    words = [
        "ollama=http://127.0.0.1:11434/v1/",
        "gpu=https://gpu.example/v1|GPU_KEY|continues",
        "cpp=http://[::1]:8080/v1|continues",
    ]
    found = read(words, ENVIRONMENT, catalogue.PROVIDERS)
    assert found == {
        "ollama": Endpoint("ollama", "http://127.0.0.1:11434/v1"),
        "gpu": Endpoint("gpu", "https://gpu.example/v1", "sk-secret", continues=True),
        "cpp": Endpoint("cpp", "http://[::1]:8080/v1", continues=True),
    }
    assert "sk-secret" not in repr(found)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ollama"], "'ollama' is not of the form"),
        (["=http://x/v1"], "is not of the form"),
        (["Ollama=http://x/v1"], "is not of the form"),
        (["a:b=http://x/v1"], "is not of the form"),
        (["x=127.0.0.1:11434"], "the address of 'x' must be http"),
        (["x=ftp://host/v1"], "the address of 'x' must be http"),
        (["x=http://host:99999/v1"], "the address of 'x' must be http"),
        (["x=http://name:word@host/v1"], "the address of 'x' must be http"),
        (["openai=http://host/v1"], "'openai' is a provider's name already"),
        (["x=http://a/v1", "x=http://b/v1"], "'x' stands there twice"),
        (["x=http://a/v1|MISSING"], "'x' needs MISSING, which is not set"),
        (["x=http://a/v1|EMPTY_KEY"], "'x' needs EMPTY_KEY, which is not set"),
        (["x=http://a/v1|sk-secret"], "the name of a variable"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_without_keys(words: list[str], told: str) -> None:
    with pytest.raises(EndpointError) as refused:
        read(words, ENVIRONMENT, catalogue.PROVIDERS)
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "word@" not in str(refused.value)


def test_the_lists_may_name_them() -> None:
    models = read_catalogue(
        cloud=["gpu:qwen3:30b"], regional=["ollama:llama3.3"], endpoints=["ollama", "gpu"]
    )
    assert [str(model) for model in models.models] == ["gpu:qwen3:30b", "ollama:llama3.3"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"CHAT_ENDPOINTS": "ollama=http://127.0.0.1:11434/v1"}, "no model is named"),
        ({"CHAT_ENDPOINTS": "ollama"}, "is not of the form"),
        (
            {
                "CHAT_ENDPOINTS": "ollama=http://127.0.0.1:1/v1",
                "CHAT_CLOUD_MODELS": "olama:x",
            },
            "known: anthropic, openai, local, ollama",
        ),
    ],
)
def test_a_wrong_list_stops_the_start_with_one_line(given: dict[str, str], told: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "CHAT_LOCAL_MODEL"} | given
    stopped = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert stopped.returncode == 2
    assert stopped.stderr.count("\n") == 1
    assert told in stopped.stderr
