"""The service over HTTP: ``/livez``, ``/readyz``, ``/metrics`` for those who watch, ``/v1`` for those with a token."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from recommender.errors import ConfigurationError, JournalError
from recommender.service.over_http.control import Asked, Control, read_body
from recommender.settings.access import HttpSettings

API: Final = "/v1"
LARGEST_BODY: Final = 65_536
TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
SLOWEST_S: Final = 30  # a client that says nothing for so long is let go


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``is_alive`` and ``is_ready`` as the service sees itself; ``metrics`` may raise ``JournalError``.

    ``role``: whether it leads or stands by, and in which vCenters.
    """

    is_alive: Callable[[], bool]
    is_ready: Callable[[], bool]
    metrics: Callable[[], str]
    role: Callable[[], str] = lambda: ""


@contextmanager
def answering_health(
    health: Health, port: int, http: HttpSettings | None = None, control: Control | None = None
) -> Iterator[str]:
    """Within, requests are answered; the address that is listened on (another port where ``port`` is 0).

    Raises ``ConfigurationError`` for an address or a certificate that cannot be used.
    """
    settings = http or HttpSettings()

    class Handler(BaseHTTPRequestHandler):
        timeout = SLOWEST_S

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if control is not None and path.startswith(f"{API}/"):
                self._control(control, "GET", path, b"")
            else:
                status, text = _answer(health, path)
                self._send(status, text, TEXT)

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "0")
            if not length.isdecimal() or int(length) > LARGEST_BODY:
                self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too large\n", TEXT)
            elif control is None:
                self._send(HTTPStatus.NOT_FOUND, "nobody has access: see [[access]]\n", TEXT)
            else:
                self._control(control, "POST", urlsplit(self.path).path, self.rfile.read(int(length)))

        def _control(self, control: Control, method: str, path: str, raw: bytes) -> None:
            body = read_body(raw)
            if body is None:
                told: tuple[HTTPStatus, dict[str, Any]] = HTTPStatus.BAD_REQUEST, {"error": "JSON is expected"}
            else:
                authorization = self.headers.get("Authorization", "")
                told = control.answer(
                    Asked(method=method, path=path.removeprefix(API), authorization=authorization, body=body)
                )
            self._send(told[0], json.dumps(told[1], indent=2) + "\n", "application/json")

        def _send(self, status: int, text: str, content_type: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Being asked is nothing to tell of."""

    with _server(settings, port, Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
        thread.start()
        try:
            yield f"{'https' if settings.tls_key else 'http'}://{settings.address}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _server(settings: HttpSettings, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        server = ThreadingHTTPServer((settings.address, port), handler)
        if settings.tls_certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(settings.tls_certificate, settings.tls_key)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError("[http] cannot be used", [f"{settings.address}:{port}: {error}"]) from error
    return server


def _answer(health: Health, path: str) -> tuple[int, str]:
    match path:
        case "/livez":
            return (200, "alive\n") if health.is_alive() else (503, "not alive\n")
        case "/readyz":
            return (200, f"ready {health.role()}".rstrip() + "\n") if health.is_ready() else (503, "not ready\n")
        case "/metrics":
            try:
                return 200, health.metrics()
            except JournalError as error:
                return 503, f"{error}\n"
    return 404, "there are /livez, /readyz and /metrics\n"
