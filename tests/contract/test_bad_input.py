"""What goes wrong on the way to a vCenter is told as what it is, and the password goes to nobody who is not trusted."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from recommender.errors import CertificateRejected, ConfigurationError, InventoryUnavailable, LoginRefused
from recommender.inventory.inventory import Inventory
from recommender.vsphere.session.address import VCenterAddress, VCenterCredentials
from recommender.vsphere.session.open_vcenters import open_vcenters
from tests.contract.running_simulator import RunningSimulator
from tests.contract.worlds import one_site

SHORT_MS = 300


def read(address: VCenterAddress) -> Inventory:
    with open_vcenters([address], site_of=one_site) as (source, _):
        return source.read()


def credentials(user: str, password: str) -> VCenterCredentials:
    return VCenterCredentials(user=user, password=lambda: password)


def test_the_right_password_opens_and_the_session_is_ended(simulator: RunningSimulator) -> None:
    assert read(simulator.address()).hosts
    operations = simulator.operations()
    assert operations.count("Login") == operations.count("Logout") == 1
    assert [request["operation"] for request in simulator.received() if request["holds_a_secret"]] == ["Login"]


@pytest.mark.parametrize("user", ["operator@vsphere.local", "somebody@else"])
def test_a_wrong_password_or_user_is_refused_and_not_tried_again(simulator: RunningSimulator, user: str) -> None:
    password = "wrong" if user == simulator.username else simulator.password
    with pytest.raises(LoginRefused, match=user):
        read(simulator.address(credentials=credentials(user, password)))
    assert simulator.operations().count("Login") == 1


def test_nothing_is_told_to_those_who_did_not_log_in(simulator: RunningSimulator) -> None:
    with pytest.raises(LoginRefused):
        read(simulator.address(credentials=credentials(simulator.username, "")))
    assert not {"RetrievePropertiesEx", "CreateContainerView"} & set(simulator.operations())


@pytest.mark.parametrize("trust", ["system", "wrong pin", "wrong SHA-1 pin"])
def test_a_stranger_gets_no_password(simulator: RunningSimulator, trust: str) -> None:
    asked: list[str] = []

    def password() -> str:
        asked.append("now")
        return simulator.password

    pin = {"system": None, "wrong pin": "ab" * 32, "wrong SHA-1 pin": "ab" * 20}[trust]
    stranger = simulator.address(
        certificate_pin=pin, credentials=VCenterCredentials(user=simulator.username, password=password)
    )
    with pytest.raises(CertificateRejected, match="nothing secret was sent"):
        read(stranger)
    assert asked == []
    # What the server got of it would stand before what it gets of a proper reading.
    read(simulator.address())
    received = simulator.received()
    assert received[0] == {
        "method": "GET",
        "path": "/sdk/vimServiceVersions.xml",
        "operation": "",
        "holds_a_secret": False,
        "vsan_mode": "",
    }
    assert sum(request["method"] == "GET" for request in received) == 1
    assert simulator.operations().count("Login") == 1


def test_a_rejected_certificate_is_shown_so_that_it_can_be_compared(simulator: RunningSimulator) -> None:
    with pytest.raises(CertificateRejected) as rejected:
        read(simulator.address(certificate_pin=None))
    assert simulator.certificate_pin in str(rejected.value).replace(":", "").lower()


def test_a_ca_file_that_holds_the_certificate_is_trust_enough(simulator: RunningSimulator, tmp_path: Path) -> None:
    parts = urlsplit(simulator.url)
    ca_file = tmp_path / "ca.pem"
    ca_file.write_text(ssl.get_server_certificate((str(parts.hostname), parts.port or 0)), encoding="utf-8")
    assert read(simulator.address(certificate_pin=None, ca_file=ca_file)).hosts


def test_a_ca_file_of_another_authority_is_not(simulator: RunningSimulator) -> None:
    other = Path(__file__).parents[1] / "unit" / "vsphere" / "certificates" / "other.pem"
    with pytest.raises(CertificateRejected):
        read(simulator.address(certificate_pin=None, ca_file=other))
    assert simulator.received() == []


def test_a_path_that_is_not_the_api_is_told(simulator: RunningSimulator) -> None:
    with pytest.raises(InventoryUnavailable, match="HTTP 404"):
        read(simulator.address(url=simulator.url.replace("/sdk", "/ui")))


def test_a_url_without_tls_is_not_even_tried(simulator: RunningSimulator) -> None:
    with pytest.raises(ConfigurationError, match="https"):
        simulator.address(url=simulator.url.replace("https", "http"))
    assert simulator.received() == []


def test_a_port_where_nobody_listens(free_port: int) -> None:
    with pytest.raises(InventoryUnavailable, match="is vCenter running"):
        read(address_at(free_port))


def test_a_black_hole_is_given_up_after_the_time_out(black_hole: int) -> None:
    with pytest.raises(InventoryUnavailable, match="no answer in time"):
        read(address_at(black_hole))


def address_at(port: int) -> VCenterAddress:
    return VCenterAddress(
        name="vc",
        url=f"https://127.0.0.1:{port}/sdk",
        credentials=credentials("operator", "secret"),
        certificate_pin="ab" * 32,
        timeout_ms=SHORT_MS,
    )


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
