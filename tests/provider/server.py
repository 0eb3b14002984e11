"""The mock provider's HTTP server."""

import asyncio
import itertools
import time
from collections.abc import Callable
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.provider.exchange import Exchange, Record
from tests.provider.plan import Plan, plan_for
from tests.provider.wire import AnthropicWire, OpenAIWire, Wire


class MockProvider:
    """Both providers' streaming endpoints on one loopback port, while the context is entered."""

    def __init__(self, *, port: int = 0, default: Plan | None = None, ssl: Any = None) -> None:
        self.port = port
        self.records: list[Record] = []
        self._default = default
        self._ssl = ssl
        self._ids = itertools.count(1)
        self._faults: dict[str, int] = {}
        self._forever = asyncio.Event()
        self._runner = web.AppRunner(
            self._app(), handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )

    @property
    def url(self) -> str:
        """What ANTHROPIC_BASE_URL is set to."""
        return f"{'https' if self._ssl else 'http'}://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        """What OPENAI_BASE_URL is set to."""
        return f"{self.url}/v1"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(
            self._runner,
            "127.0.0.1",
            self.port,
            ssl_context=self._ssl,
            backlog=1024,
        )
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._forever.set()
        await self._runner.cleanup()

    async def wait_for(
        self, condition: Callable[[list[Record]], Any], *, seconds: float = 5
    ) -> None:
        """Return as soon as the records fulfil a condition. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not condition(self.records):  # noqa: ASYNC110 - any condition will do
                await asyncio.sleep(0.005)

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/messages", self._anthropic)
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/requests", self._list)
        app.router.add_delete("/requests", self._forget)
        return app

    async def _anthropic(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, "anthropic", AnthropicWire)

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, "openai", OpenAIWire)

    async def _models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "mock", "object": "model"}]})

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response([asdict(record) for record in self.records])

    async def _forget(self, request: web.Request) -> web.Response:
        self.records.clear()
        return web.json_response([])

    async def _answer(
        self, request: web.Request, protocol: str, wire_type: type[Wire]
    ) -> web.StreamResponse:
        started = time.monotonic()
        body = await request.json()
        record = Record(
            id=next(self._ids),
            protocol=protocol,
            model=str(body.get("model", "")),
            messages=body.get("messages", []),
            body=body,
            headers={name.lower(): value for name, value in request.headers.items()},
            peer=f"{request.transport and request.transport.get_extra_info('peername')}",
            started=started,
        )
        self.records.append(record)
        try:
            plan = self._plan(record)
            exchange = Exchange(request, record, plan, wire_type(plan, f"{record.id}", body))
            return await exchange.run(self._forever)
        except asyncio.CancelledError:
            record.end = record.end or "closed by client"
            raise
        except ConnectionError:
            record.end = record.end or "closed by client"
            # Nobody is there to read it; raised, it would be printed as an error of ours.
            return web.Response(status=499)
        finally:
            record.end = record.end or "fault"
            record.ended = time.monotonic()

    def _plan(self, record: Record) -> Plan:
        plan = plan_for(record.message, record.model, self._default)
        if plan.fault and plan.times:
            count = self._faults[record.message] = self._faults.get(record.message, 0) + 1
            if count > plan.times:
                return plan.without_fault()
        return plan
