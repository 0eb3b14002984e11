"""A response that is held open while it is made."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, aclosing

from django.http import HttpResponseBase, StreamingHttpResponse

from streaming.doors.admission import Place


class HeldResponse(StreamingHttpResponse):
    """Ends what it is made of at once when its reader leaves.

    It is not compressed: a compressor would keep the beginning of every piece. Neither does a
    proxy keep anything back.
    """

    def __init__(self, parts: AsyncGenerator[str, None], content_type: str | None = None) -> None:
        super().__init__(parts, content_type=content_type)
        self._parts = parts
        self._ends = ExitStack()
        self["X-Accel-Buffering"] = "no"

    def at_end(self, call: Callable[[], object]) -> None:
        """Call this when it has been sent, or nobody reads it any more."""
        self._ends.callback(call)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with self._ends:
            async with aclosing(self._parts) as parts:
                async for part in parts:
                    yield self.make_bytes(part)


async def held_by(place: Place, making: Awaitable[HttpResponseBase]) -> HttpResponseBase:
    """The response; its place is given back when it is made, or where it is held, at its end."""
    with ExitStack() as leaving:
        leaving.callback(place.release)
        response = await making
        if isinstance(response, HeldResponse):
            response.at_end(leaving.pop_all().close)
    return response
