"""One run from the first process to the verdict."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.faults import GROUPS, inject
from tests.chaos.ledger import Ledger
from tests.chaos.scene import Scene, scene
from tests.chaos.verdict import Verdict, judge_logs
from tests.local.processes import marked

SETTLE_SECONDS = 60.0
TELL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Options:
    """What decides a run; its moments are real time, so no two runs are the same."""

    seed: str
    seconds: float
    balancer: str
    people: int = 4
    conversations: int = 12
    # Whether to say now and then how it goes.
    talkative: bool = False


def run(options: Options, folder: Path) -> Ledger:
    """Break things for so long, then judge. Raises PostgresMissing and BalancerMissing."""
    ledger = Ledger()
    with scene(folder, options.balancer, options.people, ledger) as prepared:
        asyncio.run(_play(prepared, options))
    for process in marked(folder / "var"):
        ledger.blame("wrong", f"{process} is left")
    judge_logs(folder, ledger)
    (folder / "faults").write_text("\n".join(ledger.diary))
    return ledger


async def _play(scene: Scene, options: Options) -> None:
    async def break_things() -> None:
        await asyncio.gather(
            *(inject(scene, group, options.seed, options.seconds) for group in GROUPS)
        )
        scene.proxy.to_drop = 0

    beside = [asyncio.create_task(scene.supervise(), name="supervisor")]
    if options.talkative:
        beside.append(asyncio.create_task(_tell(scene.ledger), name="progress"))
    try:
        await talk_while(scene, options, break_things)
    finally:
        for task in beside:
            task.cancel()
        for broken in await asyncio.gather(*beside, return_exceptions=True):
            if isinstance(broken, Exception):
                scene.ledger.blame("wrong", f"the supervisor broke: {broken!r}")
    _count_dropped(scene)


async def _tell(ledger: Ledger) -> None:
    clock = asyncio.get_running_loop().time
    started = clock()
    while True:
        await asyncio.sleep(TELL_SECONDS)
        print(
            f"{clock() - started:5.0f} s: {ledger.faults.total():,} faults, "
            f"{len(ledger.acknowledged):,} messages, {len(ledger.violations):,} violations so far",
            file=sys.stderr,
        )


async def talk_while(
    scene: Scene, options: Options, something: Callable[[], Awaitable[None]]
) -> None:
    """People talk while something happens; then they come to an end, and all is judged."""
    scene.crowd.begin(options.conversations, options.seed)
    try:
        await something()
        await scene.crowd.end(SETTLE_SECONDS)
        await asyncio.to_thread(Verdict(scene).judge)
    finally:
        await scene.crowd.leave()
        await scene.redis.aclose()


def _count_dropped(scene: Scene) -> None:
    dropped = scene.proxy.dropped
    filled = [(key, seq) for key, seq in dropped if seq in scene.ledger.chunks.get(key, ())]
    scene.ledger.counts["group messages dropped"] = len(dropped)
    scene.ledger.counts["holes of these that the log filled"] = len(filled)
