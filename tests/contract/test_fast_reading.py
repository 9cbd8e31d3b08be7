"""Everything that is read of a vCenter fast is equal to what pyVmomi reads of it, property by property."""

from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest
from pyVmomi import vim
from pyVmomi.VmomiSupport import DataObject, ManagedMethod, ManagedObject

from recommender.vsphere import collector
from recommender.vsphere.answers.looked_at import LOOKED_AT, PASSED_OVER
from recommender.vsphere.answers.values import Reference, objects_in
from recommender.vsphere.facts import Facts
from recommender.vsphere.properties import EVERYTHING, RAW_LUNS
from recommender.vsphere.session.session import Service, Session
from tests.contract.running_simulator import RunningSimulator

WANTED: dict[Any, tuple[str, ...]] = {**EVERYTHING, vim.HostSystem: (*EVERYTHING[vim.HostSystem], RAW_LUNS)}
LOAD = "summary.quickStats."  # changes from one reading to the next


@pytest.fixture
def session(simulator: RunningSimulator) -> Iterator[Session]:
    opened = Session(simulator.address())
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize("kind", WANTED, ids=lambda kind: kind.__name__)
def test_what_is_read_fast_is_what_pyvmomi_reads(session: Session, kind: Any) -> None:
    fast = session.reading(lambda service: collector.read_objects(service, {kind: WANTED[kind]}, page_size=3))[kind]
    slow = session.reading(lambda service: read_slowly(service, kind))
    assert [facts.moid for facts in fast] == [facts.moid for facts in slow]
    for one, other in zip(fast, slow, strict=True):
        assert one.kind == other.kind
        assert described(one) == described(other)


def test_a_page_at_a_time_is_all_of_it(session: Session, simulator: RunningSimulator) -> None:
    read = session.reading(lambda service: collector.read_objects(service, {vim.HostSystem: ("name",)}, page_size=2))
    assert len({facts.moid for facts in read[vim.HostSystem]}) == 15
    assert simulator.operations().count("ContinueRetrievePropertiesEx") == 7


def test_the_simulators_pages_are_read_piece_by_piece(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    whole: list[bytes] = []

    def reading_whole(content: bytes) -> Any:
        whole.append(content)
        return objects_in(content)

    monkeypatch.setattr(collector, "objects_in", reading_whole)
    read = session.reading(lambda service: collector.read_objects(service, WANTED))
    assert len(read[vim.HostSystem]) == 15
    assert [content for content in whole if b"<objects>" in content] == []


def read_slowly(service: Service, kind: Any) -> list[Facts]:
    view = service.views.CreateContainerView(service.root, [kind], True)
    step = collector.Query.TraversalSpec(name="listed", type=vim.view.ContainerView, path="view", skip=False)
    start = collector.Query.ObjectSpec(obj=view, skip=True, selectSet=[step])
    return list(collector._pages(service, start, kind, WANTED[kind], page_size=1000))


def described(facts: Facts) -> dict[str, Any]:
    return {path: plain(value, path) for path, value in facts.values.items() if not path.startswith(LOAD)}


def plain(value: Any, path: str) -> Any:
    """A value in Python's own types, of data objects what is looked at."""
    if isinstance(value, list):
        return [plain(item, path) for item in value if getattr(type(item), "_wsdlName", None) not in PASSED_OVER]
    if isinstance(value, Reference):
        return ("reference", value.kind, value._moId)
    if isinstance(value, DataObject):  # one of ours says that it is one, too
        kind: Any = value.__class__
        told = {name: getattr(value, name) for name in sorted(LOOKED_AT[path]) if has(kind, name)}
        return (kind.__name__, {name: plain(one, path) for name, one in told.items()})
    if isinstance(value, ManagedObject):
        return ("reference", type(value)._wsdlName, value._moId)
    if isinstance(value, ManagedMethod):
        return value.info.wsdlName
    return str(value) if isinstance(value, (str, Enum)) else value


def has(kind: Any, name: str) -> bool:
    try:
        kind._GetPropertyInfo(name)
    except AttributeError:
        return False
    return True
