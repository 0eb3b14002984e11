"""Requests of one address wait for each other, not others for them."""

import asyncio

from streaming.doors.turns import TURN_SECONDS, TURNS, Turn, Turns

ONE, OTHER = "203.0.113.1", "203.0.113.2"


async def some(turns: Turns, address: str, count: int) -> list[asyncio.Task[Turn]]:
    """So many who ask; whoever can have a turn has it."""
    asking = [asyncio.create_task(turns.take(address)) for _ in range(count)]
    for _ in range(3):
        await asyncio.sleep(0)
    return asking


async def test_a_few_begin_and_the_others_follow_in_order() -> None:
    turns = Turns()
    asking = await some(turns, ONE, TURNS + 2)
    assert [one.done() for one in asking] == [True] * TURNS + [False] * 2
    asking[0].result().end()
    asking[0].result().end()
    assert await asking[TURNS]
    assert not asking[TURNS + 1].done()


async def test_another_address_does_not_wait() -> None:
    turns = Turns()
    held = await some(turns, ONE, TURNS)
    (other,) = await some(turns, OTHER, 1)
    assert other.done()
    assert all(one.done() for one in held)


async def test_whoever_waits_for_something_else_lets_others_begin() -> None:
    turns = Turns()
    asking = await some(turns, ONE, TURNS + 1)
    async with asyncio.timeout(TURN_SECONDS + 10):
        assert await asking[TURNS]


async def test_who_leaves_while_waiting_takes_nobodys_turn() -> None:
    turns = Turns()
    asking = await some(turns, ONE, TURNS + 2)
    asking[TURNS].cancel()
    asking[0].result().end()
    assert await asking[TURNS + 1]


async def test_nothing_is_kept_of_who_has_left() -> None:
    turns = Turns()
    for turn in await some(turns, ONE, TURNS):
        turn.result().end()
        del turn
    await asyncio.sleep(0)
    assert not turns._gates
