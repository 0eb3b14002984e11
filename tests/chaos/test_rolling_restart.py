"""A deploy: every process is replaced by a new one while people talk."""

import asyncio
import contextlib
import signal
from pathlib import Path
from random import Random

import pytest

from tests.chaos.ledger import Ledger
from tests.chaos.run import Options, talk_while
from tests.chaos.scene import BALANCERS, Scene, scene
from tests.chaos.verdict import judge_logs
from tests.flow.balancers import BalancerMissing
from tests.postgres import PostgresMissing

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]
RELOAD_EVERY_SECONDS = 0.3
# HAProxy sends nobody to a web process that is back before it has asked it, twice a second.
# Whoever takes the next one away before that leaves people nobody to go to.
BALANCER_CHECKS = 25
CHECK_EVERY_SECONDS = 0.1
# What a page counts when something was not as it should be.
TROUBLE = ("answers", "handshakes that failed", "pages that", "pages with status", "connections gi")


@pytest.mark.parametrize("balancer", BALANCERS)
def test_a_rolling_restart_under_load_is_seen_by_nobody(tmp_path: Path, balancer: str) -> None:
    options = Options("deploy", 0, balancer, conversations=8)
    ledger = Ledger()
    try:
        # Workers may finish what they have.
        with scene(tmp_path, balancer, 4, ledger, WORKER_DRAIN_SECONDS="20") as prepared:
            prepared.crowd.stop_chance = 0
            prepared.crowd.tokens_max = 40
            asyncio.run(talk_while(prepared, options, lambda: restart_everything(prepared)))
    except (BalancerMissing, PostgresMissing) as missing:
        pytest.skip(str(missing))
    judge_logs(tmp_path, ledger)
    print(ledger.counts)
    assert not ledger.violations
    assert not {name for name in ledger.counts if name.startswith(TROUBLE)}
    assert ledger.counts["replies complete"] == ledger.counts["replies"] > 20
    assert ledger.counts["hand-overs"] == 0
    # Who is told to leave leaves nothing that the workers would have to find.
    assert not [log.name for log in tmp_path.glob("*.log") if "queued again" in log.read_text()]
    assert ledger.counts["sent elsewhere by a web process that leaves"] > 0


async def restart_everything(scene: Scene) -> None:
    """One process after the other; the next one when the new one is ready and in use."""
    reloading = asyncio.create_task(reload_pages(scene), name="reload pages")
    await asyncio.sleep(1)
    for web in scene.stack.webs:
        await scene.end_web(web, signal.SIGTERM, 0)
        await be_in_use(scene)
    for index in range(len(scene.stack.workers)):
        await scene.end_worker(index, signal.SIGTERM, 0)
    reloading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reloading


async def be_in_use(scene: Scene) -> None:
    """Give the balancer time to find the new process; nobody is turned away meanwhile."""
    for _ in range(BALANCER_CHECKS):
        answer = await scene.crowd.http.get(f"{scene.crowd.entrance.url}/healthz")
        assert answer.status_code == 200, said_by_balancer(scene)
        await asyncio.sleep(CHECK_EVERY_SECONDS)


def said_by_balancer(scene: Scene) -> str:
    return "".join(log.read_text()[-3000:] for log in scene.stack.folder.glob("*/printed.log"))


async def reload_pages(scene: Scene) -> None:
    """Pages are asked for all the time."""
    dice = Random("reload")
    while True:
        await asyncio.sleep(RELOAD_EVERY_SECONDS)
        if scene.crowd.tabs:
            dice.choice(scene.crowd.tabs).reload()
