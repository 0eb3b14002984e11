"""Collects the static files, when one of them has changed."""

import hashlib
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from config.env import VAR_DIR
from config.local.supervisor import StartFailed

_STAMP = VAR_DIR / "static.stamp"


def collect() -> bool:
    """Fill STATIC_ROOT; returns whether there was something to do. Raises StartFailed."""
    stamp = _stamp()
    collected = settings.STATIC_ROOT.is_dir() and _STAMP.exists()
    if collected and _STAMP.read_text() == stamp:
        return False
    _STAMP.unlink(missing_ok=True)
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
    except (ValueError, OSError) as error:
        # ValueError: a stylesheet or module names a file that is not there.
        raise StartFailed(f"The static files cannot be collected: {error}.") from error
    _STAMP.write_text(stamp)
    return True


def _stamp() -> str:
    """A digest of everything the collected files depend on, without reading the files."""
    digest = hashlib.sha256(f"{django.VERSION} {settings.STORAGES['staticfiles']}".encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            path = Path(storage.path(name))
            status = path.stat()
            digest.update(f"{path} {status.st_mtime_ns} {status.st_size}\n".encode())
    return digest.hexdigest()
