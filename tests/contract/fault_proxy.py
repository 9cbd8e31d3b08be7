"""A proxy before a simulator that knows SOAP calls apart, and does to chosen ones what networks and servers do.

It speaks TLS with a certificate of its own. ``on(method, ...)`` says what happens to each call of a method, the last
for all further ones; whatever nobody spoke of is passed on.
"""

import http.client
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import urlsplit

from pyVmomi import vim

from tests.contract.running_simulator import RunningSimulator
from tests.unit.vsphere import soap
from tests.unit.vsphere.fake_vcenter import (
    Behaviour,
    FakeVCenter,
    Handler,
    fall_silent,
    hang_up,
    pin_of,
    refuse,
    reply,
)

PASSED_ON = ("Content-Type", "SOAPAction", "Cookie")
UPSTREAM_TIMEOUT_S = 30


@dataclass
class FaultProxy(FakeVCenter):
    """``cookies``: every session cookie that has passed."""

    upstream: str = ""
    cookies: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.script.clear()

    def behaviour(self, method: str) -> Behaviour:
        return super().behaviour(method) if method in self.script else pass_on

    def asked_upstream(self, handler: Handler) -> tuple[int, bytes, str | None]:
        """Status, content and cookie of the simulator's own answer."""
        there = urlsplit(self.upstream)
        context = ssl._create_unverified_context()  # noqa: S323  # our own simulator on the loopback interface
        connection = http.client.HTTPSConnection(
            there.hostname or "", there.port, timeout=UPSTREAM_TIMEOUT_S, context=context
        )
        headers = {name: handler.headers[name] for name in PASSED_ON if name in handler.headers}
        try:
            connection.request(handler.command, handler.path, handler.body.encode() or None, headers)
            answer = connection.getresponse()
            cookie = answer.getheader("Set-Cookie")
            if cookie:
                self.cookies.add(cookie.split(";")[0].partition("=")[2].strip('"'))
            return answer.status, answer.read(), cookie
        finally:
            connection.close()

    def before(self, simulator: RunningSimulator) -> RunningSimulator:
        """The simulator as seen through this proxy."""
        url = f"https://127.0.0.1:{self.port}{urlsplit(self.upstream).path}"
        return replace(simulator, url=url, certificate_pin=pin_of(self.certificate))


@contextmanager
def proxy_before(simulator: RunningSimulator) -> Iterator[FaultProxy]:
    with FaultProxy(upstream=simulator.url).running() as proxy:
        assert isinstance(proxy, FaultProxy)
        yield proxy


def pass_on(handler: Handler) -> None:
    """As if nobody stood in between."""
    send(handler, *asked(handler))


def send(handler: Handler, status: int, content: bytes, cookie: str | None, *, cut: int = 0) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content)))
    if cookie:
        handler.send_header("Set-Cookie", cookie)
    handler.end_headers()
    handler.wfile.write(content[: len(content) - cut])
    handler.close_connection = bool(cut)


def delayed(seconds: float) -> Behaviour:
    """The answer comes late."""

    def behave(handler: Handler) -> None:
        time.sleep(seconds)
        pass_on(handler)

    return behave


def accepted_but(lost: Behaviour) -> Behaviour:
    """vCenter takes the call and does it; what comes back is ``lost`` on the way."""

    def behave(handler: Handler) -> None:
        asked(handler)
        lost(handler)

    return behave


def cut_short(handler: Handler) -> None:
    """Half of the answer."""
    status, content, cookie = asked(handler)
    send(handler, status, content, cookie, cut=len(content) // 2)


def reset(handler: Handler) -> None:
    """The connection is torn down by a TCP reset."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def half_close(handler: Handler) -> None:
    """Nothing is sent any more, but the connection is not closed."""
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_WR)
    fall_silent(handler)


black_hole = fall_silent
unavailable = reply("no healthy upstream", HTTPStatus.SERVICE_UNAVAILABLE)
session_expired = refuse(soap.fault(vim.fault.NotAuthenticated(), "The session is not authenticated."))
closed = hang_up


def every(number: int, fault: Behaviour) -> Behaviour:
    """``fault`` at each call of that number, and nothing at the others."""
    seen = 0

    def behave(handler: Handler) -> None:
        nonlocal seen
        seen += 1
        (fault if seen % number == 0 else pass_on)(handler)

    return behave


def asked(handler: Handler) -> tuple[int, bytes, str | None]:
    """Status, content and cookie of what vCenter answers itself."""
    proxy = handler.vcenter
    assert isinstance(proxy, FaultProxy)
    return proxy.asked_upstream(handler)
