"""A response that is held open while it is made."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from django.http import StreamingHttpResponse


class HeldResponse(StreamingHttpResponse):
    """Ends what it is made of at once when its reader leaves.

    It is not compressed: a compressor would keep the beginning of every piece. Neither does a
    proxy keep anything back.
    """

    def __init__(self, parts: AsyncGenerator[str, None], content_type: str | None = None) -> None:
        super().__init__(parts, content_type=content_type)
        self._parts = parts
        self["X-Accel-Buffering"] = "no"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(self._parts) as parts:
            async for part in parts:
                yield self.make_bytes(part)
