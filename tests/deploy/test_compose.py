"""`compose.yaml`: its commands exist, its variables are settings, its times are long enough."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from django.core.management import get_commands, load_command_class

from config.local import valkey
from tests.deploy.test_image import instructions
from tests.local.processes import BASE_DIR, Running, until
from tests.local.test_env_example import listed

TEXT = (BASE_DIR / "compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "rivulet"}
# Only the database's container reads it.
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD"}


def command_of(service: dict[str, Any]) -> list[str]:
    """A service's own command, or the image's."""
    command: list[str] = service.get("command") or instructions("CMD")[-1]
    return command


def test_there_is_more_than_one_of_each() -> None:
    names = [" ".join(command_of(service)) for service in OURS.values()]
    assert sum("run_web" in name for name in names) == 2
    assert sum("run_worker" in name for name in names) == 2


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists_and_takes_these_options(name: str) -> None:
    health = OURS[name].get("healthcheck", {}).get("test", [])
    for words in filter(None, (command_of(OURS[name]), health[1:])):
        assert words[:2] == ["python", "manage.py"]
        command, *options = words[2:]
        application = get_commands()[command]
        assert isinstance(application, str)
        load_command_class(application, command).create_parser("", command).parse_args(options)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    assert set(OURS[name]["environment"]) <= set(listed())


def test_every_variable_that_is_filled_in_is_known() -> None:
    named = set(re.findall(r"\$\{(\w+)", TEXT))
    assert named <= set(listed()) | SECRETS


def test_a_missing_secret_stops_the_start_with_a_sentence() -> None:
    for name in SECRETS:
        assert re.search(rf"\$\{{{name}:\?put {name} into \.env, [a-z ]+\}}", TEXT)
        # Nowhere in a way that lets it be empty.
        assert not re.search(rf"\$\{{{name}(\}}|:?-)", TEXT)


def seconds(time: str) -> int:
    found = re.fullmatch(r"(\d+)(s|m)", time)
    assert found, time
    return int(found[1]) * {"s": 1, "m": 60}[found[2]]


@pytest.mark.parametrize(
    ("command", "setting"),
    [("run_web", "WEB_DRAIN_SECONDS"), ("run_worker", "WORKER_DRAIN_SECONDS")],
)
def test_docker_waits_for_longer_than_a_process_drains(command: str, setting: str) -> None:
    for service in OURS.values():
        if command in command_of(service):
            assert seconds(service["stop_grace_period"]) > int(listed()[setting]) + 5


def test_nothing_starts_before_the_tables_are_there() -> None:
    for name, service in OURS.items():
        needs = service["depends_on"]
        assert needs["postgres"]["condition"] == "service_healthy"
        if name != "migrate":
            assert needs["migrate"]["condition"] == "service_completed_successfully"
            assert needs["valkey"]["condition"] == "service_healthy"
    assert SERVICES["migrate"]["restart"] == "no"


def test_all_that_is_awaited_says_when_it_is_healthy() -> None:
    for service in SERVICES.values():
        for name, need in service.get("depends_on", {}).items():
            if need["condition"] == "service_healthy":
                checks_itself = "healthcheck" in SERVICES[name] or "web" in name
                assert checks_itself, name


def test_what_is_kept_is_kept_in_volumes() -> None:
    volumes = yaml.safe_load(TEXT)["volumes"]
    for name in ("postgres", "valkey"):
        assert [volume.split(":")[0] for volume in SERVICES[name]["volumes"]] == [name]
        assert name in volumes


def test_nginx_gets_shipped_files_and_finds_the_web_processes() -> None:
    mounted = [volume.split(":") for volume in SERVICES["nginx"]["volumes"]]
    for source, _, mode in mounted:
        assert (BASE_DIR / source).is_file()
        assert mode == "ro"
    upstream = (BASE_DIR / "deploy/nginx/webs-compose.conf").read_text()
    port = command_of(SERVICES["web-1"])[-1]
    assert f"server web:{port} resolve" in upstream
    for name in ("web-1", "web-2"):
        assert SERVICES[name]["networks"]["default"]["aliases"] == ["web"]


def test_valkey_starts_with_these_options_and_throws_nothing_away(tmp_path: Path) -> None:
    words = shlex.split(SERVICES["valkey"]["command"])
    assert words[0] == "valkey-server"
    socket = tmp_path / "valkey.sock"
    place = ["--port", "0", "--unixsocket", str(socket), "--dir", str(tmp_path)]
    running = Running([valkey.executable(), *words[1:], *place], {}, tmp_path / "printed.log")
    try:
        until(socket.exists, what=lambda: running.printed)
        with redis.Redis(unix_socket_path=str(socket)) as client:
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    finally:
        running.process.terminate()
        running.status()


def docker_compose() -> list[str]:
    """The program on its own, or as Docker's plugin."""
    if program := shutil.which("docker-compose"):
        return [program]
    if docker := shutil.which("docker"):
        words = [docker, "compose"]
        if subprocess.run([*words, "version"], capture_output=True, check=False).returncode == 0:
            return words
    pytest.skip("no Docker Compose found")


def test_docker_compose_accepts_it(tmp_path: Path) -> None:
    program = docker_compose()
    (tmp_path / "compose.yaml").write_text(TEXT)

    def config() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*program, "config", "--quiet"],
            cwd=tmp_path,
            # Nothing that would fill in for `.env`.
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    refused = config()
    assert refused.returncode != 0
    assert re.search(r"put (SECRET_KEY|POSTGRES_PASSWORD) into \.env", refused.stderr)
    (tmp_path / ".env").write_text("SECRET_KEY=a\nPOSTGRES_PASSWORD=b\n")
    accepted = config()
    assert (accepted.returncode, accepted.stderr) == (0, "")
