"""Reads the environment once, and says in one clear line what is wrong with it."""

import hashlib
import os
import secrets
import sys
import tempfile
from decimal import Decimal, InvalidOperation
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import NoReturn

from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent

# A Unix socket's path may hold 107 bytes; a checkout in a deep folder needs another place.
UNIX_PATH_MAX_BYTES = 100

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)

# A relative VAR_DIR is one inside the checkout.
VAR_DIR = BASE_DIR / (env.str("VAR_DIR", default="") or "var")


def refuse(problem: str) -> NoReturn:
    """Stop the start with one line on standard error, exit status 2."""
    sys.stderr.write(f"rivulet: {problem}\n")
    raise SystemExit(2)


def positive(name: str, default: float) -> float:
    """A number greater than zero."""
    text = env.str(name, default="")
    try:
        value = float(text) if text else float(default)
    except ValueError:
        refuse(f"{name} must be a number, not {text!r}")
    if not 0 < value < float("inf"):
        refuse(f"{name} must be greater than 0, not {text!r}")
    return value


def not_negative(name: str, default: float) -> float:
    """A number that may be zero."""
    is_zero = (env.str(name, default="").strip() or f"{default:g}") == "0"
    return 0.0 if is_zero else positive(name, default)


def positive_int(name: str, default: int) -> int:
    """A whole number greater than zero."""
    value = positive(name, default)
    if value != int(value):
        refuse(f"{name} must be a whole number, not {value!r}")
    return int(value)


def dollars(name: str, default: str = "") -> Decimal | None:
    """An amount of US dollars, 0 or more; None where there is none."""
    text = env.str(name, default="") or default
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        refuse(f"{name} must be an amount of US dollars, not {text!r}")
    if not amount.is_finite() or not 0 <= amount < 10**9:
        refuse(f"{name} must be 0 or more, not {text!r}")
    return amount


def flag(name: str, default: bool) -> bool:
    """`1`/`0` (also true/false, yes/no, on/off)."""
    text = env.str(name, default="").strip().lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    refuse(f"{name} must be 1 or 0, not {text!r}")


def words(name: str) -> list[str]:
    """A comma-separated list without empty entries."""
    return [word.strip() for word in env.str(name, default="").split(",") if word.strip()]


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """A comma-separated list of addresses and networks (10.0.0.0/8)."""
    found = []
    for word in words(name):
        try:
            found.append(ip_network(word, strict=False))
        except ValueError:
            refuse(f"{name} must name addresses or networks like 10.0.0.0/8, not {word!r}")
    return found


def secret_key(*, debug: bool) -> str:
    """`SECRET_KEY`, or with DEBUG one that is made once and kept in `var/`."""
    if key := env.str("SECRET_KEY", default=""):
        return key
    if not debug:
        refuse("SECRET_KEY is not set (required without DEBUG=1)")
    return kept_secret("secret_key")


def kept_secret(name: str) -> str:
    """A random secret in `var/<name>`, readable by its owner only, made at the first call."""
    path = VAR_DIR / name
    try:
        if not path.exists():
            VAR_DIR.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        return path.read_text().strip()
    except OSError as error:
        refuse(f"cannot use {path}: {error.strerror}")


def embedded_redis_url() -> str:
    """Where `make run` puts the embedded Redis server: a Unix socket only its owner can open."""
    path = VAR_DIR / "valkey.sock"
    if len(str(path).encode()) > UNIX_PATH_MAX_BYTES:
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"rivulet-{os.getuid()}-{digest}.sock"
    return f"unix://{path}"
