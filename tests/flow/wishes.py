"""Wishes about what was said: another version of it, or more."""

import uuid

from tests.flow.people import Frame, Socket


async def wish(socket: Socket, kind: str, message_id: str, **more: object) -> Frame:
    """Send a regenerate or continue; gives its acknowledgement or refusal."""
    client_id = more.setdefault("client_id", uuid.uuid4().hex)
    await socket.send(type=kind, message_id=message_id, **more)
    return await socket.until(
        lambda frame: (
            (frame.get("chunk_type") == "start" and frame["metadata"]["client_id"] == client_id)
            or (frame["type"] == "error" and frame.get("client_id") == client_id)
        )
    )
