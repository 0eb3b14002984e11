"""What stands between some people and a web process: a proxy that does not let everything through.

Plain HTTP and WebSockets pass unchanged, but for as long as it is told so it refuses upgrades, or
never answers them, or lets sockets open and nothing through, holds bodies that come in pieces back
until they are whole, or is away.
"""

import asyncio
import contextlib
from typing import Self

from aiohttp import ClientSession, ClientTimeout, web
from aiohttp.web_request import BaseRequest
from aiohttp.web_ws import WebSocketResponse
from multidict import CIMultiDict
from yarl import URL

# Between two neighbours only; the proxy and its client make their own.
HOP_BY_HOP = ("connection", "transfer-encoding", "content-length", "content-encoding", "keep-alive")
UPGRADE = ("upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions")


class UpgradeProxy:
    """Forwards a free port of loopback to a web process, while the context is entered."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.refuses_upgrades = False
        self.ignores_upgrades = False
        self.swallows_frames = False
        self.holds_back = False
        self.is_away = False
        # All that was asked for, as "METHOD /path".
        self.asked: list[str] = []
        self.refused = 0
        self._sockets: set[WebSocketResponse] = set()

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=2**24)
        application.router.add_route("*", "/{rest:.*}", self._pass)
        self._session = ClientSession(auto_decompress=False, timeout=ClientTimeout(total=None))
        self._runner = web.AppRunner(application, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()
        await self._session.close()
        await self._runner.cleanup()

    async def cut(self) -> None:
        """Break every socket that is open."""
        for socket in list(self._sockets):
            if socket._req:
                _abort(socket._req)

    async def _pass(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if self.is_away:
            _abort(request)
            return web.Response()
        if request.headers.get("Upgrade", "").lower() == "websocket":
            if self.refuses_upgrades:
                self.refused += 1
                return web.Response(status=400)
            if self.ignores_upgrades:
                await asyncio.Event().wait()
            return await self._pass_socket(request)
        return await self._pass_request(request)

    def _url(self, request: web.Request) -> URL:
        return URL(self._target).join(URL(str(request.rel_url), encoded=True))

    def _headers(self, request: web.Request, *without: str) -> CIMultiDict[str]:
        headers = CIMultiDict(request.headers)
        for name in (*HOP_BY_HOP, *without):
            headers.popall(name, None)
        # `Host` stays the one that the browser knows.
        return headers

    async def _pass_request(self, request: web.Request) -> web.StreamResponse:
        async with self._session.request(
            request.method,
            self._url(request),
            headers=self._headers(request),
            data=await request.read() or None,
            allow_redirects=False,
        ) as answer:
            headers = CIMultiDict(answer.headers)
            for name in ("connection", "transfer-encoding", "content-length", "keep-alive"):
                headers.popall(name, None)
            if self.holds_back:
                body = await answer.read()
                return web.Response(status=answer.status, headers=headers, body=body)
            response = web.StreamResponse(status=answer.status, headers=headers)
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            return response

    async def _pass_socket(self, request: web.Request) -> web.StreamResponse:
        near = WebSocketResponse()
        headers = self._headers(request, *UPGRADE)
        async with self._session.ws_connect(self._url(request), headers=headers) as far:
            await near.prepare(request)
            self._sockets.add(near)
            try:
                both = [
                    asyncio.create_task(self._forward(one, other), name="forward")
                    for one, other in ((near, far), (far, near))
                ]
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                for task in both:
                    task.cancel()
            finally:
                self._sockets.discard(near)
            with contextlib.suppress(ConnectionError):
                await near.close(code=far.close_code or 1000)
        return near

    async def _forward(self, one, other) -> None:  # type: ignore[no-untyped-def]
        with contextlib.suppress(ConnectionError):
            async for message in one:
                if not self.swallows_frames:
                    await other.send_str(message.data)


def _abort(request: BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()
