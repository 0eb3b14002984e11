"""A short run of what `make chaos` does for as long as it is told."""

from pathlib import Path

import pytest

from tests.chaos.report import report
from tests.chaos.run import Options, run
from tests.flow.balancers import BalancerMissing
from tests.postgres import PostgresMissing

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]
# The two seeds choose most kinds of faults within this time.
SECONDS = 15.0


@pytest.mark.parametrize(("balancer", "seed"), [("nginx", "366"), ("haproxy", "358")])
def test_nothing_is_lost_or_doubled_while_everything_breaks(
    tmp_path: Path, balancer: str, seed: str
) -> None:
    options = Options(seed, SECONDS, balancer)
    try:
        ledger = run(options, tmp_path)
    except (BalancerMissing, PostgresMissing) as missing:
        pytest.skip(str(missing))
    print(report(options, ledger))
    assert not ledger.violations
    # It was no quiet time.
    assert ledger.faults.total() > 40
    assert len(ledger.faults) > 7
    assert ledger.counts["holes of these that the log filled"] > 0
