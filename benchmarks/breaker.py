"""What a circuit breaker costs a reply: the look that tells whether its model may be asked."""

import asyncio
import time
from contextlib import suppress

from benchmarks.report import Row, percentile
from streaming import redis as keys
from streaming.breakers import Breakers
from streaming.errors import ProviderError, ProviderRejected
from streaming.failures import Kind

LOOKS = 2000
AT_ONCE = 200
MOST_US = 1000


async def measured() -> list[Row]:
    """One look after the other, and many at once, at a closed and at an open circuit."""
    breakers = Breakers()
    await breakers.report(await breakers.ask("bench:open"), ProviderRejected(kind=Kind.CREDENTIALS))
    rows: list[Row] = []
    for state in ("closed", "open"):
        alone = [await _look(breakers, f"bench:{state}") for _ in range(LOOKS)]
        crowd = await asyncio.gather(*(_look(breakers, f"bench:{state}") for _ in range(AT_ONCE)))
        note = f"p99 {percentile(alone, 99):,.0f}; {AT_ONCE} at once: {percentile(crowd, 50):,.0f}"
        rows.append(
            Row(f"circuit {state}: a look", percentile(alone, 50), "µs", most=MOST_US, note=note)
        )
    await keys.client().delete(keys.breaker_key("bench:open"))
    await keys.close()
    return rows


async def _look(breakers: Breakers, model: str) -> float:
    """Microseconds."""
    started = time.perf_counter()
    with suppress(ProviderError):
        await breakers.ask(model)
    return (time.perf_counter() - started) * 1e6
