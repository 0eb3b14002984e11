"""Daphne with what it lacks: waiting for slow readers, leaving politely, bounds on requests.

Leaving, on SIGTERM or SIGINT:
1. `/readyz` says 503 and new sockets are refused; requests are still answered.
2. Every socket gets `draining` and a close frame (1012): clients reconnect elsewhere.
3. Requests and sockets that are still open get the rest of WEB_DRAIN_SECONDS.
4. Nobody listens any more; who had connected before is answered.
5. What is left is cancelled. Messages that are being accepted are finished, whether anybody
   waits for them or not: once they are written, they must be begun and queued.
6. The process ends.
"""

import asyncio
import logging
from typing import Any

from autobahn.exception import Disconnected
from daphne.http_protocol import WebRequest
from daphne.server import Server as DaphneServer
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from redis.exceptions import RedisError
from twisted.internet import defer
from twisted.internet.interfaces import IPushProducer
from twisted.internet.tcp import Port
from zope.interface import implementer

from streaming import redis as keys
from streaming.doors import receiving
from streaming.doors.floods import HANDSHAKE_EXTENSION
from streaming.doors.handshakes import refuse_handshake
from streaming.doors.places import places
from streaming.doors.sockets import sockets
from streaming.doors.writing import write_at_once
from streaming.intake import jobs, submit

CLOSE_SERVICE_RESTART = 1012
TELL_SECONDS = 0.5
# Connections that wait to be taken: everybody comes at once when another process leaves, and
# who finds no room tries again after a second. The system's own limit may be lower.
BACKLOG = 2048
# Between a connection and the request that it was made for.
FIRST_BYTE_SECONDS = 0.2
POLL_SECONDS = 0.05
# Beyond WEB_DRAIN_SECONDS.
ACCEPT_SECONDS = 2.0
# Redis may be the reason for leaving.
GOODBYE_SECONDS = 2.0

logger = logging.getLogger("rivulet.web")


@implementer(IPushProducer)
class Gate:
    """Closed while a connection's buffer is full: Twisted asks a producer to pause."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.passed = self._open.wait

    def pauseProducing(self) -> None:
        self._open.clear()

    def resumeProducing(self) -> None:
        self._open.set()

    def stopProducing(self) -> None:
        self._open.set()


class Server(DaphneServer):
    """One web process."""

    failed_to_listen = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._ports: list[Port] = []

    def listen_success(self, port: Port) -> None:
        """Listening: kept, to be ended before the process does."""
        receiving.bound(port.factory)
        self._ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Any) -> None:
        """Port in use, or no such address."""
        self.failed_to_listen = True
        super().listen_error(failure)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Run the application for a request or a socket."""
        if scope["type"] == "websocket":
            scope["extensions"] = {HANDSHAKE_EXTENSION: {}}
        return super().create_application(protocol, scope)

    def timeout_checker(self) -> None:
        """Called every two seconds."""
        receiving.give_up_late(self.connections)
        super().timeout_checker()

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Pass a message of the application on; returns when the reader has room for more."""
        if message["type"].startswith(HANDSHAKE_EXTENSION):
            refuse_handshake(self, protocol, message)
            return
        goes_on = message["type"] == "http.response.body" and message.get("more_body", False)
        if message["type"] == "http.response.body" and not goes_on:
            self._ungate(protocol)
        try:
            await super().handle_reply(protocol, message)
        except Disconnected:
            # Gone in the moment of a send: the application is told by a disconnect.
            return
        if goes_on or (
            message["type"] == "websocket.send" and isinstance(protocol, WebSocketProtocol)
        ):
            await self._gate(protocol).passed()

    def _gate(self, protocol: Any) -> Gate:
        details = self.connections.get(protocol)
        if details is None or "disconnected" in details:
            return Gate()
        if "gate" not in details:
            gate = Gate()
            if isinstance(protocol, WebRequest):
                if protocol.finished or protocol.channel is None:
                    return gate
                protocol.registerProducer(gate, True)
            else:
                # The HTTP channel that this socket was upgraded from still holds the place.
                protocol.transport.unregisterProducer()
                protocol.transport.registerProducer(gate, True)
                write_at_once(protocol.transport)
            details["gate"] = gate
        found: Gate = details["gate"]
        return found

    def _ungate(self, protocol: Any) -> None:
        # The connection's next request brings its own.
        details = self.connections.get(protocol) or {}
        if details.pop("gate", None) and protocol.channel is not None:
            protocol.unregisterProducer()

    def kill_all_applications(self) -> "defer.Deferred[Any]":
        """Called when the reactor is to stop: it waits for what this returns."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._leave()))

    async def _leave(self) -> None:
        sockets.draining = True
        logger.info("draining: %d sockets", len(sockets.open))
        try:
            async with asyncio.timeout(settings.WEB_DRAIN_SECONDS):
                await self._close_sockets()
                await self._answer_requests()
                await self._close_door()
                await self._answer_requests()
                await submit.finish()
        except TimeoutError:
            logger.warning("not all connections ended in time")
        await self._close_door()
        await self._cancel_all()
        await self._finish_accepting()
        await self._say_goodbye()

    async def _close_sockets(self) -> None:
        # One that does not read must not keep the others from hearing it.
        told = [asyncio.wait_for(socket.drain(), TELL_SECONDS) for socket in list(sockets.open)]
        await asyncio.gather(*told, return_exceptions=True)
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol) and protocol.state == protocol.STATE_OPEN:
                # Below autobahn's check, which refuses this code to applications.
                protocol.sendCloseFrame(code=CLOSE_SERVICE_RESTART)

    async def _answer_requests(self) -> None:
        while (running := self._running()) or self._is_receiving():
            if running:
                await asyncio.wait(running)
            else:
                await asyncio.sleep(POLL_SECONDS)

    async def _close_door(self) -> None:
        """Stop listening.

        The system has connected people whom this process has not heard of yet. They would be
        cut off, and no balancer sends their POST again: they are taken first.
        """
        ports, self._ports = self._ports, []
        for port in ports:
            port.numberAccepts = BACKLOG
            port.doRead()  # type: ignore[no-untyped-call]
            await defer.maybeDeferred(port.stopListening).asFuture(asyncio.get_running_loop())
        if ports:
            await asyncio.sleep(FIRST_BYTE_SECONDS)

    def _is_receiving(self) -> bool:
        """Whether a request has not come whole yet."""
        return any(
            not isinstance(protocol, WebSocketProtocol)
            and not details.keys() & {"application_instance", "disconnected"}
            for protocol, details in self.connections.items()
        )

    def _running(self) -> list["asyncio.Future[Any]"]:
        applications = (
            details.get("application_instance") for details in self.connections.values()
        )
        return [one for one in applications if one is not None and not one.done()]

    async def _cancel_all(self) -> None:
        running = self._running()
        for application in running:
            application.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _finish_accepting(self) -> None:
        try:
            async with asyncio.timeout(ACCEPT_SECONDS):
                await submit.finish()
        except TimeoutError:
            logger.warning("messages are left for the workers to find")

    async def _say_goodbye(self) -> None:
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await places().close()
                await jobs.close()
                await keys.close()
        except (TimeoutError, RedisError) as error:
            logger.warning("Redis was not told goodbye: %s", type(error).__name__)
