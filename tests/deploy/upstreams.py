"""A small HTTP server in the place of a web process: it fails in the way it is told to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_SECONDS = 20


class StandIn(ThreadingHTTPServer):
    """Answers everything with `status`; remembers what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Answering)
        self.port: int = self.server_address[1]
        self.heard: list[str] = []
        self.readiness = 200
        self.status = 200
        # Close the connection in the place of an answer.
        self.dies = False
        # The second half of `/stream` waits for this.
        self.go_on = threading.Event()

    def handle_error(self, *_: object) -> None:
        """Says nothing: a balancer may leave before the answer of a health check."""


class Answering(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        if self.path == "/readyz":
            self._answer(self.server.readiness, b"")
            return
        self.server.heard.append(f"GET {self.path}")
        if self.server.dies:
            return
        if self.path == "/stream":
            self._stream()
        elif self.path == "/headers":
            self._answer(200, json.dumps(dict(self.headers)).encode())
        else:
            self._answer(self.server.status, b"")

    def do_POST(self) -> None:
        self.server.heard.append(f"POST {self.path}")
        self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.dies:
            self._answer(self.server.status, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"data: 1\n\n")
        self.server.go_on.wait(PATIENCE_SECONDS)
        self.wfile.write(b"data: 2\n\n")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def stand_in(port: int = 0) -> Iterator[StandIn]:
    """One that answers; at the end nobody listens on its port."""
    server = StandIn(port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="stand-in")
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
