"""The two channels to one vCenter: one for reading, which may ask again, and one that sends exactly once.

What goes wrong on the way becomes an error of ours: ``InventoryUnavailable`` (``CertificateRejected``) before anything
was sent; afterwards ``InventoryUnavailable`` for a read and ``OutcomeUnknown`` for what may have changed something.
"""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any
from xml.parsers.expat import ExpatError

from pyVmomi import vmodl
from pyVmomi.SoapAdapter import SoapResponseDeserializer, SoapStubAdapter

from recommender.errors import CertificateRejected, InventoryUnavailable, OutcomeUnknown
from recommender.vsphere.session.address import VCenterAddress
from recommender.vsphere.session.tls import VerifiedConnection, presented_certificate, spelled, tls_context

# A connection that the server ended, as one that was idle for long is.
CUT_OFF = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)

# What pyVmomi raises over an answer that is cut short or makes no sense to it.
GARBLED = (ExpatError, AttributeError, KeyError, TypeError, ValueError)


class Channel(SoapStubAdapter):
    """A SOAP channel on verified connections with a time-out. pyVmomi's own names are kept where it calls us."""

    def __init__(self, address: VCenterAddress, version: str, context: ssl.SSLContext, **options: Any) -> None:
        super().__init__(  # type: ignore[no-untyped-call]  # pyVmomi leaves it bare
            host=address.host, port=address.port, path=address.path, version=version, **options
        )
        self.address = address
        # pyVmomi makes its connections by calling this.
        self.scheme = partial(_connection, address, context)  # type: ignore[assignment]  # declared as a class

    def close(self) -> None:
        """Let go of idle connections."""
        self.DropConnections()  # type: ignore[no-untyped-call]  # pyVmomi leaves it bare

    def GetConnection(self) -> HTTPConnection:  # noqa: N802  # called by pyVmomi
        """A connection that stands; whatever fails here failed before anything was sent."""
        with reaching(self.address):
            connection: HTTPConnection = super().GetConnection()  # type: ignore[no-untyped-call]  # bare
            return connection


class ReadingChannel(Channel):
    """For calls that change nothing."""

    def InvokeMethod(self, mo: Any, info: Any, args: Any, outerStub: Any = None) -> Any:  # noqa: N802, N803
        """Call; one that a server cut off (it closes idle connections) is made once more, on a fresh connection."""
        with reaching(self.address):
            try:
                return super().InvokeMethod(mo, info, args, outerStub)  # type: ignore[no-untyped-call]  # bare
            except CUT_OFF:
                return super().InvokeMethod(mo, info, args, outerStub)  # type: ignore[no-untyped-call]  # bare

    def answer_to(self, managed_object: Any, info: Any, arguments: list[Any]) -> bytes:
        """The answer as XML, for whoever reads it faster than pyVmomi does. Raises vCenter's fault as ever."""
        with reaching(self.address):
            try:
                return self._answer_to(managed_object, info, arguments)
            except CUT_OFF:
                return self._answer_to(managed_object, info, arguments)

    def _answer_to(self, managed_object: Any, info: Any, arguments: list[Any]) -> bytes:
        request = self.SerializeRequest(managed_object, info, arguments)  # type: ignore[no-untyped-call]  # bare
        headers = {"Cookie": self.cookie, "SOAPAction": self.versionId, "Content-Type": "text/xml; charset=UTF-8"}
        connection = self.GetConnection()
        try:
            connection.request("POST", self.path, request, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException):
            connection.close()
            self.DropConnections()  # type: ignore[no-untyped-call]  # bare
            raise
        self.ReturnConnection(connection)  # type: ignore[no-untyped-call]  # bare
        if answer.status == HTTPStatus.OK:
            return content
        if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            told: Any = SoapResponseDeserializer(self).Deserialize(content, info.result)
            if isinstance(told, vmodl.MethodFault):
                raise told
        raise HTTPException(f"{answer.status} {answer.reason}")


class SendingChannel(Channel):
    """For calls that change something: each on a connection of its own, sent once, whatever happens.

    The operation id travels in the SOAP header. ``cookie`` is that of the session which reads.
    """

    def __init__(
        self, address: VCenterAddress, version: str, context: ssl.SSLContext, *, cookie: str, operation_id: str
    ) -> None:
        super().__init__(address, version, context, poolSize=0, requestContext={"operationID": operation_id})
        self.cookie = cookie

    def InvokeMethod(self, mo: Any, info: Any, args: Any, outerStub: Any = None) -> Any:  # noqa: N802, N803
        """Call once. Raises vCenter's fault, ``InventoryUnavailable`` (not sent) or ``OutcomeUnknown``."""
        try:
            return super().InvokeMethod(mo, info, args, outerStub)  # type: ignore[no-untyped-call]  # bare
        except vmodl.MethodFault:
            raise
        except (OSError, HTTPException, *GARBLED) as error:
            raise OutcomeUnknown(
                f"{self.address}: {info.wsdlName} was sent, but its answer was lost ({_told(error)})"
            ) from error


@contextmanager
def reaching(address: VCenterAddress) -> Iterator[None]:
    """Raises ``InventoryUnavailable``, saying what to do, for whatever goes wrong between us and vCenter."""
    try:
        yield
    except vmodl.MethodFault:
        raise  # an answer
    except ssl.SSLCertVerificationError as error:
        raise _not_trusted(address, error) from error
    except (OSError, HTTPException) as error:
        raise InventoryUnavailable(f"{address}: {_told(error)}; {_what_to_do(error)}") from error
    except GARBLED as error:
        raise InventoryUnavailable(
            f"{address}: its answer cannot be read ({_told(error)}); is it a vCenter, and is nothing cut short?"
        ) from error


def _connection(address: VCenterAddress, context: ssl.SSLContext, **_: Any) -> HTTPConnection:
    return VerifiedConnection(address, context)


def _not_trusted(address: VCenterAddress, error: ssl.SSLCertVerificationError) -> CertificateRejected:
    presented = presented_certificate(address)
    seen = f" It presents SHA-256 {spelled(presented)}." if presented else ""
    return CertificateRejected(
        f"{address}: its certificate is not trusted ({error.verify_message}); nothing secret was sent.{seen} "
        "Give the CA that signed it, or pin the certificate after comparing it with the one on the vCenter itself"
    )


def _told(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "the host name cannot be resolved"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.strip() or type(error).__name__


def _what_to_do(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "check network and firewall, or raise the time-out"
    if isinstance(error, socket.gaierror):
        return "check the URL and DNS"
    if isinstance(error, ConnectionRefusedError):
        return "is vCenter running, and is the port right?"
    if isinstance(error, ssl.SSLError):
        return "is this vCenter's HTTPS port?"
    if isinstance(error, HTTPException):
        return "are vCenter's services up?"
    return "check network and vCenter, then try again"


def context_for(address: VCenterAddress) -> ssl.SSLContext:
    """The TLS context; raises ``CertificateRejected`` for a CA file that cannot be used."""
    try:
        return tls_context(address)
    except (OSError, ssl.SSLError) as error:
        raise CertificateRejected(
            f"{address}: the CA file {address.ca_file} cannot be used ({_told(error)})"
        ) from error
