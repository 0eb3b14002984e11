"""Server-sent events, as far as model providers use them, decoded from chunks of bytes."""

# Far above any provider's event; keeps a server that never ends a line from filling the memory.
MAX_EVENT_BYTES = 8 * 1024 * 1024


class OversizedEvent(ValueError):
    """An event that does not end within `MAX_EVENT_BYTES`."""


class Decoder:
    """Turns chunks, split anywhere, into events ``(name, data)`` of undecoded bytes.

    ``id``, ``retry`` and comments are ignored; an event that the end of the stream cuts off is
    never given. Source: WHATWG HTML, section 9.2 (server-sent events).
    """

    __slots__ = ("_after_cr", "_data", "_name", "_size", "_tail")

    def __init__(self) -> None:
        self._tail: list[bytes] = []
        self._size = 0
        self._name = b""
        self._data: list[bytes] = []
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[tuple[bytes, bytes]]:
        """The events that this chunk completes. Raises OversizedEvent."""
        if b"\r" in chunk or self._after_cr:
            chunk = self._with_plain_line_ends(chunk)
        self._size += len(chunk)
        if b"\n" not in chunk:
            self._tail.append(chunk)
            self._check_size()
            return []
        if self._tail:
            self._tail.append(chunk)
            chunk = b"".join(self._tail)
        *lines, rest = chunk.split(b"\n")
        self._tail = [rest] if rest else []
        events: list[tuple[bytes, bytes]] = []
        for line in lines:
            self._line(line, events)
        if events:
            self._size = len(rest)
        self._check_size()
        return events

    def _line(self, line: bytes, events: list[tuple[bytes, bytes]]) -> None:
        if not line:
            if self._data:
                events.append((self._name, b"\n".join(self._data)))
                self._data = []
            self._name = b""
        elif line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line.startswith(b"event:"):
            self._name = line[7:] if line[6:7] == b" " else line[6:]

    def _with_plain_line_ends(self, chunk: bytes) -> bytes:
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
            return self._with_plain_line_ends(chunk) if b"\r" in chunk else chunk
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _check_size(self) -> None:
        if self._size > MAX_EVENT_BYTES:
            raise OversizedEvent(f"more than {MAX_EVENT_BYTES} bytes without an event")
