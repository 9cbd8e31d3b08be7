"""``/livez``, ``/readyz`` and ``/metrics`` over HTTP on the loopback interface, for those who watch the service."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from recommender.errors import JournalError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``is_alive`` and ``is_ready`` as the service sees itself; ``metrics`` may raise ``JournalError``."""

    is_alive: Callable[[], bool]
    is_ready: Callable[[], bool]
    metrics: Callable[[], str]


@contextmanager
def answering_health(health: Health, port: int) -> Iterator[int]:
    """Within, requests are answered; the port that is listened on (another one where ``port`` is 0)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = _answer(health, self.path)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Being asked is nothing to tell of."""

    with ThreadingHTTPServer((LOOPBACK, port), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _answer(health: Health, path: str) -> tuple[int, str]:
    match path:
        case "/livez":
            return (200, "alive\n") if health.is_alive() else (503, "not alive\n")
        case "/readyz":
            return (200, "ready\n") if health.is_ready() else (503, "not ready\n")
        case "/metrics":
            try:
                return 200, health.metrics()
            except JournalError as error:
                return 503, f"{error}\n"
    return 404, "there are /livez, /readyz and /metrics\n"
