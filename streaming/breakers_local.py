"""A circuit breaker in a process's own memory, for as long as Redis is away.

The same states and transitions as the scripts of `streaming/breakers.py`.
"""

import time

from django.conf import settings


class LocalBreaker:
    """What one process has seen of one model. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._close()

    def _close(self) -> None:
        self._failures = 0
        self._failed_at = 0.0
        self._opens = 0
        self._open_until = 0.0
        self._kind = ""
        self._free_probe()

    def _free_probe(self) -> None:
        self._probe = ""
        self._probe_until = 0.0

    def ask(self, call: str, probe_seconds: float) -> tuple[str, float, str]:
        """The state, seconds until it may change, and why it is open."""
        now = time.monotonic()
        if not self._open_until:
            return "closed", 0.0, ""
        if now < self._open_until:
            return "open", self._open_until - now, self._kind
        if now < self._probe_until:
            return "probing", self._probe_until - now, self._kind
        self._probe, self._probe_until = call, now + probe_seconds
        return "probe", 0.0, self._kind

    def report(self, call: str, outcome: str, kind: str, seconds: float) -> None:
        """Note what became of a call: ok, failed or none."""
        now = time.monotonic()
        mine = bool(self._open_until) and self._probe == call
        if outcome == "ok":
            # Redis may have chosen the probe: who speaks has closed it.
            self._close()
        elif outcome == "none":
            if mine:
                self._free_probe()
        elif self._open_until and not mine:
            if seconds:
                self._open_until = max(self._open_until, now + seconds)
        else:
            self._fail(now, kind, seconds, mine)

    def _fail(self, now: float, kind: str, seconds: float, mine: bool) -> None:
        if now - self._failed_at > settings.CHAT_BREAKER_WINDOW_SECONDS:
            self._failures = 0
        self._failures += 1
        self._failed_at, self._kind = now, kind
        if not mine and not seconds and self._failures < settings.CHAT_BREAKER_FAILURES:
            return
        self._opens += 1
        longest = settings.CHAT_BREAKER_REFUSED_SECONDS
        doubled = settings.CHAT_BREAKER_OPEN_SECONDS * 2.0 ** (self._opens - 1)
        self._open_until = now + (seconds or min(doubled, longest))
        self._free_probe()
