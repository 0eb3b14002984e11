"""The systemd units: understood by systemd, and patient for long enough."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.flow.balancers import DEPLOY
from tests.local.test_env_example import listed

UNITS = DEPLOY / "systemd"
INTERPRETER = "/opt/rivulet/.venv/bin/python"
TEMPLATES = {
    "rivulet-web@.service": ("run_web", "WEB_DRAIN_SECONDS"),
    "rivulet-worker@.service": ("run_worker", "WORKER_DRAIN_SECONDS"),
}


def values(unit: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", (UNITS / unit).read_text(), re.M))


@pytest.mark.parametrize("unit", TEMPLATES)
def test_a_unit_waits_for_longer_than_its_process_drains(unit: str) -> None:
    command, setting = TEMPLATES[unit]
    assert values(unit)["ExecStart"].split()[:3] == [INTERPRETER, "manage.py", command]
    assert command in get_commands()
    assert int(values(unit)["TimeoutStopSec"]) > int(listed()[setting]) + 5


@pytest.mark.parametrize("unit", TEMPLATES)
def test_a_process_that_dies_is_started_again_unless_its_settings_are_wrong(unit: str) -> None:
    assert values(unit)["Restart"] == "always"
    # `config.env.refuse` leaves with this.
    assert values(unit)["RestartPreventExitStatus"] == "2"


@pytest.mark.parametrize("unit", TEMPLATES)
def test_the_signal_goes_to_the_process_that_drains(unit: str) -> None:
    assert (values(unit)["KillSignal"], values(unit)["KillMode"]) == ("SIGTERM", "mixed")


def test_both_units_are_kept_in_equally_small_rooms() -> None:
    web, worker = (
        (UNITS / unit).read_text().split("# It needs its folder")[1] for unit in TEMPLATES
    )
    assert web == worker


def test_systemd_understands_them(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze found")
    for path in UNITS.iterdir():
        # It looks for the program, too.
        text = path.read_text().replace(INTERPRETER, sys.executable)
        (tmp_path / path.name.replace("@.", "@1.")).write_text(text)
    said = subprocess.run(
        [program, "verify", *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr) == (0, "")
