"""Who is trusted, when the password is sent, and what a reader hears of everything that goes wrong on the way."""

import socket
from collections.abc import Callable
from datetime import datetime

import pytest
from pyVmomi import vim, vmodl

from recommender.errors import CertificateRejected, ConfigurationError, InventoryUnavailable, LoginRefused
from recommender.vsphere.session.address import VCenterAddress, VCenterCredentials
from recommender.vsphere.session.session import Service
from tests.unit.vsphere import soap
from tests.unit.vsphere.conftest import OpenSession
from tests.unit.vsphere.fake_vcenter import (
    CERTIFICATES,
    PASSWORD,
    Behaviour,
    FakeVCenter,
    cut_short,
    fall_silent,
    hang_up,
    pin_of,
    refuse,
    reply,
)

NOON = datetime.fromisoformat("2026-01-05T12:00:00+00:00")
TIME = reply(soap.answer("CurrentTime", NOON))
GONE = refuse(soap.fault(vim.fault.NotAuthenticated(object=vim.Folder("group-d1"), privilegeId="System.View"), "gone"))


def current_time(service: Service) -> datetime:
    return vim.ServiceInstance("ServiceInstance", service.channel).CurrentTime()


def test_a_self_signed_certificate_is_not_trusted_and_nothing_is_sent_not_even_on_localhost(
    vcenter: FakeVCenter, open_session: OpenSession
) -> None:
    with pytest.raises(CertificateRejected, match=r"self-signed.*nothing secret was sent.*SHA-256 ([0-9A-F]{2}:){31}"):
        open_session(vcenter.address(pin=None)).reading(current_time)
    assert vcenter.calls == []
    assert vcenter.passwords_asked == 0


@pytest.mark.parametrize("kind", ["sha256", "sha1"])
def test_a_certificate_other_than_the_pinned_one_is_rejected_before_a_byte_is_sent(
    vcenter: FakeVCenter, open_session: OpenSession, kind: str
) -> None:
    pin = pin_of(CERTIFICATES / "other.pem", kind)
    with pytest.raises(CertificateRejected, match="another certificate than the pinned one; nothing secret was sent"):
        open_session(vcenter.address(pin=pin)).reading(current_time)
    assert vcenter.calls == []
    assert vcenter.passwords_asked == 0


@pytest.mark.parametrize("kind", ["sha256", "sha1"])
def test_a_self_signed_certificate_is_trusted_by_its_pin(
    vcenter: FakeVCenter, open_session: OpenSession, kind: str
) -> None:
    vcenter.on("CurrentTime", TIME)
    digits = pin_of(CERTIFICATES / "server.pem", kind).upper()
    spelled = ":".join(digits[start : start + 2] for start in range(0, len(digits), 2))
    assert open_session(vcenter.address(pin=spelled)).reading(current_time) == NOON


def test_a_certificate_is_trusted_by_the_file_of_its_authority(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    vcenter.on("CurrentTime", TIME)
    trusted = vcenter.address(pin=None, ca_file=CERTIFICATES / "server.pem")
    assert open_session(trusted).reading(current_time) == NOON
    with pytest.raises(CertificateRejected):
        open_session(vcenter.address(pin=None, ca_file=CERTIFICATES / "other.pem")).reading(current_time)
    with pytest.raises(CertificateRejected, match=r"CA file .* cannot be used"):
        open_session(vcenter.address(pin=None, ca_file=CERTIFICATES / "absent.pem")).reading(current_time)


def test_the_pin_is_checked_on_every_new_connection_not_only_on_the_first(open_session: OpenSession) -> None:
    first = FakeVCenter()
    with first.running():
        first.on("CurrentTime", TIME, hang_up)
        session = open_session(first.address())
        session.reading(current_time)
    with FakeVCenter(certificate=CERTIFICATES / "other.pem").running(first.port) as impostor:
        with pytest.raises(CertificateRejected):
            session.reading(current_time)
        assert impostor.calls == []


def test_the_password_goes_only_into_the_login(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    vcenter.on("CurrentTime", TIME)
    session = open_session(vcenter.address())
    assert vcenter.calls == []
    session.reading(current_time)
    session.reading(current_time)
    session.close()
    assert [method for method, _ in vcenter.calls] == [
        "GET", "RetrieveServiceContent", "Login", "CurrentTime", "CurrentTime", "Logout",
    ]  # fmt: skip
    escaped = PASSWORD.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert [method for method, body in vcenter.calls if escaped in body or PASSWORD in body] == ["Login"]
    assert PASSWORD not in repr(session.address)


def test_a_wrong_password_is_told_with_the_user_and_tried_once(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    vcenter.on("Login", refuse(soap.fault(vim.fault.InvalidLogin(), "Cannot complete login.")))
    with pytest.raises(LoginRefused, match=r"refused the login of operator: Cannot complete login\. \[InvalidLogin\]"):
        open_session(vcenter.address()).reading(current_time)
    assert len(vcenter.bodies("Login")) == 1


def test_a_session_that_is_gone_is_renewed_and_the_whole_reading_repeated(
    vcenter: FakeVCenter, open_session: OpenSession
) -> None:
    vcenter.on("CurrentTime", TIME, GONE, TIME)

    def twice(service: Service) -> tuple[datetime, datetime]:
        return current_time(service), current_time(service)

    assert open_session(vcenter.address()).reading(twice) == (NOON, NOON)
    assert len(vcenter.bodies("Login")) == 2
    # One that was answered, one that found the session gone, and both again.
    assert len(vcenter.bodies("CurrentTime")) == 4


def test_a_session_that_stays_gone_is_no_endless_loop(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    vcenter.on("CurrentTime", GONE)
    with pytest.raises(InventoryUnavailable):
        open_session(vcenter.address()).reading(current_time)
    assert len(vcenter.bodies("Login")) == 2


def test_a_connection_that_the_server_closed_meanwhile_is_replaced(
    vcenter: FakeVCenter, open_session: OpenSession
) -> None:
    vcenter.on("CurrentTime", TIME, hang_up, TIME)
    session = open_session(vcenter.address())
    session.reading(current_time)
    assert session.reading(current_time) == NOON


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        (fall_silent, "no answer in time; check network and firewall, or raise the time-out"),
        (hang_up, "check network and vCenter, then try again|are vCenter's services up"),
        (reply("<html>busy</html>", 503), "503 Service Unavailable; are vCenter's services up"),
        (cut_short(soap.answer("CurrentTime", NOON)), "cannot be read"),
        (reply("<html>hello"), "cannot be read"),
        (refuse(soap.fault(vmodl.fault.SystemError(reason="r"), "A general error.")), "A general error"),
    ],
    ids=["silence", "hang-up", "http-503", "cut-short", "no-soap", "fault"],
)
def test_a_reading_that_fails_says_what_to_do(
    vcenter: FakeVCenter, open_session: OpenSession, behaviour: Behaviour, message: str
) -> None:
    vcenter.on("CurrentTime", behaviour)
    with pytest.raises(InventoryUnavailable, match=message) as caught:
        open_session(vcenter.address(timeout_ms=300)).reading(current_time)
    assert f"127.0.0.1:{vcenter.port}" in str(caught.value)


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        (reply("", 404), "HTTP 404"),
        (reply("<html>"), "is not vCenter's API"),
        (
            reply(soap.VERSIONS.replace("8.0.3.0", "99.1").replace("6.0", "99.0")),
            "no API version known here, only 99.0, 99.1",
        ),
        (fall_silent, "no answer in time"),
    ],
    ids=["not-found", "html", "ancient", "silence"],
)
def test_a_server_that_is_no_vcenter_never_sees_the_password(
    vcenter: FakeVCenter, open_session: OpenSession, behaviour: Behaviour, message: str
) -> None:
    vcenter.on("GET", behaviour)
    with pytest.raises(InventoryUnavailable, match=message):
        open_session(vcenter.address(timeout_ms=300)).reading(current_time)
    assert vcenter.passwords_asked == 0


def test_a_single_host_is_no_vcenter(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    vcenter.on(
        "RetrieveServiceContent", reply(soap.answer("RetrieveServiceContent", soap.service_content("HostAgent")))
    )
    with pytest.raises(InventoryUnavailable, match="is no vCenter but a server for tests"):
        open_session(vcenter.address()).reading(current_time)
    assert vcenter.passwords_asked == 0


def test_a_missing_privilege_is_named(vcenter: FakeVCenter, open_session: OpenSession) -> None:
    fault = vim.fault.NoPermission(object=vim.Folder("group-d1"), privilegeId="System.Read")
    vcenter.on("CurrentTime", refuse(soap.fault(fault, "no")))
    with pytest.raises(InventoryUnavailable, match=r"user operator lacks the privilege System\.Read"):
        open_session(vcenter.address()).reading(current_time)


def test_nobody_listening_and_unknown_names_are_told_apart(
    open_session: OpenSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = address_at(f"https://127.0.0.1:{free.getsockname()[1]}/sdk")
    with pytest.raises(InventoryUnavailable, match="refused; is vCenter running, and is the port right"):
        open_session(address).reading(current_time)

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(InventoryUnavailable, match=r"vc.test:443.*cannot be resolved; check the URL and DNS"):
        open_session(address_at("https://vc.test/sdk")).reading(current_time)


def test_closing_is_quiet_when_the_server_has_gone(open_session: OpenSession) -> None:
    with FakeVCenter().running() as vcenter:
        vcenter.on("CurrentTime", TIME)
        session = open_session(vcenter.address())
        session.reading(current_time)
    session.close()
    session.close()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"url": "http://vc.test/sdk"}, "https://HOST/sdk is needed"),
        ({"url": "https://u:p@vc.test/sdk"}, "may not hold a user name or password"),
        ({"certificate_pin": "12:34"}, "64 .SHA-256. or 40 .SHA-1. hexadecimal digits"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_at_once(wrong: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        address_at(**({"url": "https://vc.test/sdk"} | wrong))


def test_host_port_and_path_are_taken_from_the_url() -> None:
    plain, odd = address_at("https://vc.test"), address_at("https://[::1]:8443/other/sdk/")
    assert (plain.host, plain.port, plain.path) == ("vc.test", 443, "/sdk")
    assert (odd.host, odd.port, odd.path) == ("::1", 8443, "/other/sdk")
    assert str(odd) == "vCenter vc ([::1]:8443)"


def address_at(url: str, certificate_pin: str | None = None) -> VCenterAddress:
    password: Callable[[], str] = lambda: PASSWORD  # noqa: E731  # typed for the dataclass
    credentials = VCenterCredentials(user="operator", password=password)
    return VCenterAddress(name="vc", url=url, credentials=credentials, certificate_pin=certificate_pin, timeout_ms=500)
