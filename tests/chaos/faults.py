"""The kinds of faults: each does its harm, and returns when what it broke works again."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

from redis.exceptions import RedisError

from tests.chaos.scene import LEASE_SECONDS, Scene

Fault = Callable[[Scene, Random], Awaitable[None]]

# -- connections and pages -----------------------------------------------------------------


async def connection_cut(scene: Scene, dice: Random) -> None:
    """One page's TCP connection ends without a word."""
    if scene.crowd.tabs:
        dice.choice(scene.crowd.tabs).connection.cut()


async def network_gone(scene: Scene, dice: Random) -> None:
    """All connections at once."""
    for tab in scene.crowd.tabs:
        tab.connection.cut()


async def reader_stalls(scene: Scene, dice: Random) -> None:
    """A page reads nothing for a while; then it goes on, or its connection turns out dead."""
    if scene.crowd.tabs:
        tab, seconds = dice.choice(scene.crowd.tabs), dice.uniform(0.5, 4)
        tab.connection.stall(seconds, dead=dice.random() < 0.5)


async def page_reloaded(scene: Scene, dice: Random) -> None:
    """A page is thrown away and loaded anew, wherever its reply is."""
    if scene.crowd.tabs:
        dice.choice(scene.crowd.tabs).reload()


async def group_messages_dropped(scene: Scene, dice: Random) -> None:
    """The next messages to the web processes are lost on their way."""
    scene.proxy.to_drop += dice.choice((1, 1, 2, 5, 20))


# -- Redis ---------------------------------------------------------------------------------


async def redis_connections_killed(scene: Scene, dice: Random) -> None:
    """All connections of one kind: commands or subscriptions."""
    kind = dice.choice(("normal", "pubsub"))
    with suppress(RedisError):
        await scene.redis.client_kill_filter(_type=kind, skipme=True)


async def redis_paused(scene: Scene, dice: Random) -> None:
    """Redis answers nobody for up to a second and a half."""
    with suppress(RedisError):
        await scene.redis.client_pause(dice.randint(200, 1500), all=True)


async def redis_restarted(scene: Scene, dice: Random) -> None:
    """In an orderly way, with its append-only file."""
    await scene.restart_redis(signal.SIGTERM, dice.uniform(0, 1.5), empty=False)


async def redis_killed(scene: Scene, dice: Random) -> None:
    """With kill -9: what it told anybody is in its append-only file all the same."""
    await scene.restart_redis(signal.SIGKILL, dice.uniform(0, 1.5), empty=False)


async def redis_lost_everything(scene: Scene, dice: Random) -> None:
    """While it runs, or by a restart without its file."""
    scene.crowd.excuse()
    if dice.random() < 0.5:
        with suppress(RedisError):
            await scene.redis.flushall()
    else:
        await scene.restart_redis(signal.SIGKILL, dice.uniform(0, 1), empty=True)
    scene.crowd.excuse()


# -- processes -----------------------------------------------------------------------------


async def web_killed(scene: Scene, dice: Random) -> None:
    """kill -9."""
    await scene.end_web(dice.choice(scene.stack.webs), signal.SIGKILL, dice.uniform(0, 1))


async def web_told_to_leave(scene: Scene, dice: Random) -> None:
    """SIGTERM: it drains."""
    await scene.end_web(dice.choice(scene.stack.webs), signal.SIGTERM, dice.uniform(0, 1))


async def worker_killed(scene: Scene, dice: Random) -> None:
    """kill -9."""
    index = dice.randrange(len(scene.stack.workers))
    await scene.end_worker(index, signal.SIGKILL, dice.uniform(0, 1))


async def worker_told_to_leave(scene: Scene, dice: Random) -> None:
    """SIGTERM: it drains, and gives back what it does not finish in time."""
    index = dice.randrange(len(scene.stack.workers))
    await scene.end_worker(index, signal.SIGTERM, dice.uniform(0, 1))


async def worker_frozen(scene: Scene, dice: Random) -> None:
    """It sleeps for longer than its lease, and wakes up when others have its replies."""
    worker = dice.choice(scene.stack.workers)
    worker.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(LEASE_SECONDS * dice.uniform(1.2, 2.5))
    worker.process.send_signal(signal.SIGCONT)


async def all_workers_killed(scene: Scene, dice: Random) -> None:
    """kill -9."""
    await asyncio.gather(
        *(
            scene.end_worker(index, signal.SIGKILL, dice.uniform(0, 1))
            for index in range(len(scene.stack.workers))
        )
    )


# Each group is made by a task of its own: the seconds between two of its faults, and how
# often each kind is chosen.
GROUPS: dict[str, tuple[float, dict[Fault, int]]] = {
    "connections": (
        0.25,
        {
            connection_cut: 12,
            network_gone: 1,
            reader_stalls: 3,
            page_reloaded: 4,
            group_messages_dropped: 6,
        },
    ),
    "redis": (
        4.0,
        {
            redis_connections_killed: 6,
            redis_paused: 3,
            redis_restarted: 2,
            redis_killed: 1,
            redis_lost_everything: 1,
        },
    ),
    "webs": (4.0, {web_killed: 2, web_told_to_leave: 1}),
    "workers": (
        4.0,
        {
            worker_killed: 3,
            worker_told_to_leave: 2,
            worker_frozen: 2,
            all_workers_killed: 1,
        },
    ),
}


async def inject(scene: Scene, group: str, seed: str, seconds: float) -> None:
    """Make one group's faults, one after the other, for so long.

    The seed decides their kinds, their order and the time between them; the victims too, as
    far as the same ones are there.
    """
    pause, kinds = GROUPS[group]
    dice, victims = Random(f"{seed}:{group}"), Random(f"{seed}:{group}:victims")
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while clock() + (wait := dice.expovariate(1 / pause)) < end:
        await asyncio.sleep(wait)
        (fault,) = dice.choices(list(kinds), weights=list(kinds.values()))
        scene.ledger.broke(fault.__name__.replace("_", " "))
        await fault(scene, victims)
