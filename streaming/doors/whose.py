"""A page that was left open does not speak for whoever signed in at its browser since.

Where sockets are blocked it asks over HTTP, and says whose it is in a header (callers.py).
"""

from typing import Any
from urllib.parse import parse_qs

from streaming.doors.consumers import CLOSE_SIGNED_OUT
from streaming.doors.writing import Application, Scope


class OfItsPage:
    """Lets a socket in whose page is of the person who is signed in.

    A page names its person in the address (`?person=`), others need not. Where it is somebody
    else's, the socket opens and closes as when a session ends, and the page loads itself anew: it
    would send what the first one wrote in the second one's name.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> Any:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        user = scope["user"]
        if not user.is_authenticated or query.get("person", [str(user.id)]) == [str(user.id)]:
            return await self._application(scope, receive, send)
        await receive()
        # Before it is open no browser would be told why.
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": CLOSE_SIGNED_OUT})
        return None
