"""`python -m tests.chaos --seconds 600 --seed 7`: breaks things, counts what was lost.

The exit status is 1 when anything was lost, doubled or wrong, 2 when a program is missing,
130 when it was broken off.
"""

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from random import Random

from tests.chaos.report import report
from tests.chaos.run import Options, run
from tests.chaos.scene import BALANCERS
from tests.flow.balancers import BalancerMissing
from tests.postgres import PostgresMissing


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long things are broken")
    parser.add_argument("--seed", default="", help="decides what is broken; default: a new one")
    parser.add_argument("--balancer", choices=BALANCERS, help="default: the seed decides")
    parser.add_argument("--people", type=int, default=4, help="accounts")
    parser.add_argument("--conversations", type=int, default=12, help="at the same time")
    given = parser.parse_args()
    seed = given.seed or secrets.token_hex(3)
    options = Options(
        seed,
        given.seconds,
        given.balancer or Random(seed).choice(sorted(BALANCERS)),
        people=given.people,
        conversations=given.conversations,
        talkative=True,
    )
    folder = Path(tempfile.mkdtemp(prefix="rivulet-chaos-"))
    # However it is broken off, nothing of it may be left running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        ledger = run(options, folder)
    except (BalancerMissing, PostgresMissing) as missing:
        print(missing, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"broken off; the logs of all processes are in {folder}", file=sys.stderr)
        return 130
    print(report(options, ledger))
    if ledger.violations:
        print(f"the logs of all processes are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
