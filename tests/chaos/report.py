"""What a run did and found, as a table."""

from collections import Counter
from collections.abc import Mapping
from typing import get_args

from tests.chaos.ledger import Kind, Ledger
from tests.chaos.run import Options

VIOLATIONS_SHOWN = 40


def report(options: Options, ledger: Ledger) -> str:
    """The whole report; its last line is the verdict."""
    counts = dict(ledger.counts)
    result = {kind: ledger.many(kind) for kind in get_args(Kind)}
    found = Counter(f"  {kind}: {what}" for kind, what in ledger.violations)
    shown = [f"{what} ({times} times)" for what, times in found.items()]
    if len(shown) > VIOLATIONS_SHOWN:
        shown[VIOLATIONS_SHOWN:] = [f"  … and {len(shown) - VIOLATIONS_SHOWN} more"]
    return "\n".join(
        [
            f"chaos for {options.seconds:g} s behind {options.balancer}, seed {options.seed}",
            *_table(f"{sum(ledger.faults.values())} faults", ledger.faults),
            *_table("what people did and saw", counts),
            *_table("verdict", result),
            *shown,
            f"again: python -m tests.chaos --seed {options.seed} --seconds {options.seconds:g} "
            f"--balancer {options.balancer}  (the same decisions; their moments are real time)",
        ]
    )


def _table(title: str, counts: Mapping[str, int]) -> list[str]:
    width = max((len(name) for name in counts), default=0)
    rows = [f"  {name:<{width}}  {counts[name]:>10,}" for name in sorted(counts)]
    return ["", title, *rows]
