"""What an event loop has one of."""

import asyncio
import gc
import weakref

from streaming.loops import OfLoop


class Thing:
    """Something that a weak reference can watch."""


def test_each_loop_has_its_own_and_keeps_it() -> None:
    things = OfLoop(Thing)

    async def asked() -> tuple[Thing, Thing]:
        return things(), things()

    one, again = asyncio.run(asked())
    another, _ = asyncio.run(asked())
    assert one is again
    assert another is not one


def test_who_gave_one_up_gets_another() -> None:
    things = OfLoop(Thing)

    async def asked() -> None:
        assert things.made() is None
        assert things.give_up() is None
        one = things()
        assert things.made() is one
        assert things.give_up() is one
        assert things.made() is None
        assert things() is not one

    asyncio.run(asked())


def test_it_goes_with_its_loop() -> None:
    things = OfLoop(Thing)

    async def asked() -> "weakref.ref[Thing]":
        return weakref.ref(things())

    left = asyncio.run(asked())
    gc.collect()
    assert left() is None
