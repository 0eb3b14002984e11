"""A start that makes no sense is refused with one sentence."""

import os
import socket
from pathlib import Path

import pytest

from config.local import checks
from config.local.environment import allowed_hosts
from tests.local.processes import free_port


def test_the_address_has_defaults() -> None:
    assert checks.address({}) == ("127.0.0.1", 8000)
    assert checks.address({"HOST": "[::1]", "PORT": "81"}) == ("::1", 81)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "8000.5", "\u0663"])
def test_a_wrong_port_is_refused(port: str) -> None:
    with pytest.raises(checks.Refused, match="PORT must be a whole number from 1 to 65535"):
        checks.address({"PORT": port})


def test_a_free_port_is_free() -> None:
    checks.port_is_free("127.0.0.1", free_port())


def test_a_port_in_use_is_refused() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(checks.Refused, match=f"Port {port} on 127.0.0.1 is in use"):
            checks.port_is_free("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(checks.Refused, match=r"192\.0\.2\.1"):
        checks.port_is_free("192.0.2.1", free_port())


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    with pytest.raises(checks.Refused, match=r"Cannot use .*/var"):
        checks.usable(tmp_path / "var")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0)
    with pytest.raises(checks.Refused, match="Cannot"):
        checks.usable(tmp_path / "var")


def test_a_file_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "db.sqlite3"
    database.touch()
    monkeypatch.setattr(os, "access", lambda path, _mode: path != database)
    with pytest.raises(checks.Refused, match=r"Cannot read and write .*/db\.sqlite3"):
        checks.usable(tmp_path)


def test_one_folder_is_for_one_start(tmp_path: Path) -> None:
    refused = pytest.raises(checks.Refused, match=r"already runs .* http://127\.0\.0\.1:8000/")
    with checks.lock(tmp_path, "http://127.0.0.1:8000/"), refused:
        checks.lock(tmp_path, "http://127.0.0.1:8001/")
    checks.lock(tmp_path, "http://127.0.0.1:8001/").close()


def test_hosts_that_are_given_are_kept_and_the_own_address_is_added() -> None:
    assert allowed_hosts("127.0.0.1", []) == ["localhost", "127.0.0.1", "[::1]"]
    assert allowed_hosts("::1", ["chat.example.org"]) == ["chat.example.org", "[::1]"]
    assert socket.gethostname() in allowed_hosts("0.0.0.0", [])
    assert allowed_hosts("0.0.0.0", ["chat.example.org"]) == ["chat.example.org", "localhost"]
