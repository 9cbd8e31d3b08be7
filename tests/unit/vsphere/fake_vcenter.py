"""A TLS server that answers SOAP calls from a script, and remembers every call that reached it.

What no simulator does can be shown with it: answers that are lost, late, cut short, or no SOAP at all.
"""

import hashlib
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

from recommender.vsphere.session.address import VCenterAddress, VCenterCredentials
from tests.unit.vsphere import soap

CERTIFICATES = Path(__file__).parent / "certificates"
PASSWORD = "s3cret & <odd>"

Behaviour = Callable[["Handler"], None]


@dataclass
class FakeVCenter:
    """``script``: by method, what to do at each call; the last behaviour stays. Others are answered with nothing."""

    certificate: Path = CERTIFICATES / "server.pem"
    script: dict[str, list[Behaviour]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)  # method and body
    passwords_asked: int = 0
    port: int = 0
    closing: Event = field(default_factory=Event)
    connections: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.on("GET", reply(soap.VERSIONS))
        self.on("RetrieveServiceContent", reply(soap.answer("RetrieveServiceContent", soap.service_content())))

    def on(self, method: str, *behaviours: Behaviour) -> None:
        self.script[method] = list(behaviours)

    def bodies(self, method: str) -> list[str]:
        return [body for called, body in self.calls if called == method]

    def behaviour(self, method: str) -> Behaviour:
        behaviours = self.script.get(method, [reply(soap.answer(method))])
        return behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]

    def address(
        self, *, timeout_ms: int = 5000, ca_file: Path | None = None, pin: str | None = "right"
    ) -> VCenterAddress:
        return VCenterAddress(
            name="vc",
            url=f"https://127.0.0.1:{self.port}/sdk",
            credentials=VCenterCredentials(user="operator", password=self._password),
            ca_file=ca_file,
            certificate_pin=pin_of(self.certificate) if pin == "right" else pin,
            timeout_ms=timeout_ms,
        )

    def _password(self) -> str:
        self.passwords_asked += 1
        return PASSWORD

    @contextmanager
    def running(self, port: int = 0) -> Iterator["FakeVCenter"]:
        fake = self

        class Bound(Handler):
            vcenter = fake

        server = Server(("127.0.0.1", port), Bound)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            server.shutdown()
            server.server_close()
            for connection in self.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            thread.join()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what the tests are about."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    vcenter: FakeVCenter
    body = ""  # of the call that is being answered

    def setup(self) -> None:
        super().setup()
        self.vcenter.connections.append(self.connection)

    def do_GET(self) -> None:
        self._handle("GET", self.path)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        found = re.search(r"<soapenv:Body>\s*<(\w+)", body)
        self._handle(found[1] if found else "?", body)

    def _handle(self, method: str, body: str) -> None:
        self.body = body
        self.vcenter.calls.append((method, body))
        self.vcenter.behaviour(method)(self)

    def send(self, text: str, status: int = 200, *, cut: int = 0) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Set-Cookie", 'vmware_soap_session="s-1"; Path=/')
        self.end_headers()
        self.wfile.write(content[: len(content) - cut])
        self.close_connection = bool(cut)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Say nothing."""


def reply(text: str, status: int = 200) -> Behaviour:
    return lambda handler: handler.send(text, status)


def refuse(fault: str) -> Behaviour:
    return reply(fault, 500)


def hang_up(handler: Handler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def fall_silent(handler: Handler) -> None:
    while not handler.vcenter.closing.is_set():
        time.sleep(0.01)


def cut_short(text: str) -> Behaviour:
    return lambda handler: handler.send(text, cut=len(text) // 2)


def pin_of(certificate: Path, kind: str = "sha256") -> str:
    pem = certificate.read_text()
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :])
    return hashlib.new(kind, der).hexdigest()
