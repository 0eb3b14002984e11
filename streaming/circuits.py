"""Where the circuit breakers stand: for staff, for metrics, for tests. Loads no provider's code."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from streaming import redis as keys

CLOSED, OPEN, HALF_OPEN = gettext_noop("closed"), gettext_noop("open"), gettext_noop("half open")
# Redis does not answer.
UNKNOWN = gettext_noop("unknown")


@dataclass(frozen=True, slots=True)
class State:
    """What everybody may know of a breaker; ``seconds`` until it is open no more."""

    model: str
    name: str
    failures: int = 0
    kind: str = ""
    seconds: float = 0.0


def states(models: Iterable[str]) -> list[State]:
    """The breakers of these models, for threads: pages, commands, metrics. Raises RedisError."""
    redis = keys.sync_client()
    seconds, microseconds = redis.time()
    now_ms = seconds * 1000 + microseconds // 1000
    pipeline = redis.pipeline(transaction=False)
    listed = list(models)
    for model in listed:
        pipeline.hgetall(keys.breaker_key(model))
    return [
        _state(model, kept, now_ms) for model, kept in zip(listed, pipeline.execute(), strict=True)
    ]


def _state(model: str, kept: dict[bytes, bytes], now_ms: int) -> State:
    until_ms = int(float(kept.get(b"open_until", 0)))
    name = CLOSED if not until_ms else OPEN if now_ms < until_ms else HALF_OPEN
    return State(
        model=model,
        name=name,
        failures=int(kept.get(b"failures", 0)),
        kind=kept.get(b"kind", b"").decode(),
        seconds=max(until_ms - now_ms, 0) / 1000,
    )
