"""Tasks that must end, do."""

import asyncio

import pytest

from streaming.background import Background, end_all


async def lose_one_cancellation() -> None:
    """As a Redis command does whose answer comes in that moment."""
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(60)


async def test_a_task_that_loses_a_cancellation_is_cancelled_again() -> None:
    task = asyncio.create_task(lose_one_cancellation())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await end_all([task])
    assert task.cancelled()


async def test_a_part_that_failed_says_so_when_it_is_left() -> None:
    class Failing(Background):
        async def run(self) -> None:
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        async with Failing() as part:
            await asyncio.wait([part.task])
