"""pyVmomi's way to connect keeps one vCenter in a global; ours are several, in several threads, and apart."""

import ast
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyVmomi import vim

from recommender.vsphere.session.session import Service, Session
from tests.unit.vsphere import soap
from tests.unit.vsphere.conftest import OpenSession
from tests.unit.vsphere.fake_vcenter import FakeVCenter, reply
from tests.unit.vsphere.test_session import NOON

PRODUCT = Path(__file__).parents[3] / "recommender"
READS = 20


def test_two_sessions_in_two_threads_ask_each_its_own_vcenter(open_session: OpenSession) -> None:
    with FakeVCenter().running() as one, FakeVCenter().running() as other:
        both_are_in = threading.Barrier(2)

        def read(session: Session) -> None:
            def often(service: Service) -> None:
                both_are_in.wait(30)
                for _ in range(READS):
                    assert vim.ServiceInstance("ServiceInstance", service.channel).CurrentTime() == NOON

            session.reading(often)

        for vcenter in (one, other):
            vcenter.on("CurrentTime", reply(soap.answer("CurrentTime", NOON)))
        sessions = [open_session(vcenter.address()) for vcenter in (one, other)]
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(read, sessions))
        assert [len(vcenter.bodies("CurrentTime")) for vcenter in (one, other)] == [READS, READS]
        sessions[0].close()
        assert sessions[1].reading(lambda service: service.vcenter) == "vc", "the other one is still logged in"
        assert [len(vcenter.bodies("Logout")) for vcenter in (one, other)] == [1, 0]
        assert len(other.bodies("Login")) == 1


def test_nothing_of_ours_uses_pyvmomis_own_way_to_connect_or_its_session_that_sends_again() -> None:
    for path in sorted(PRODUCT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "", *(alias.name for alias in node.names)]
            else:
                continue
            assert not any(name.split(".")[0] == "pyVim" or name.endswith("SessionOrientedStub") for name in names), (
                path
            )
